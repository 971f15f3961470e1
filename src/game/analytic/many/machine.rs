//! Runs a program over many states: block by block, each small enough that its registers stay in the first-level
//! cache.
//!
//! Loops are compiled for the vector units that the processor has, which is found out when they run. Every state is
//! computed by itself, so results do not depend on how many there are or in which order.

use super::exponential::{sigmoids, times_plus};
use super::program::{Instruction, Place, Program, Target, Term};
use crate::game::analytic::number::Number;

/// States in a block.
const BLOCK: usize = 256;

/// What stands for results that cannot be used: its square is finite, as optimisers need it.
const UNUSABLE: f64 = 1e150;

static ONES: [f64; BLOCK] = [1.0; BLOCK];

/// Room for the registers of a program.
#[derive(Debug, Default)]
pub struct Registers(Vec<Vec<f64>>);

/// Runs a program: each input and each output has a number for each state.
pub fn run(program: &Program, inputs: &[&[f64]], outputs: &mut [&mut [f64]], registers: &mut Registers) {
    if registers.0.len() < program.registers {
        registers.0.resize(program.registers, vec![0.0; BLOCK]);
    }
    pulp::Arch::new().dispatch(Run { program, inputs, outputs, registers: &mut registers.0 });
}

struct Run<'a, 'b> {
    program: &'a Program,
    inputs: &'a [&'a [f64]],
    outputs: &'a mut [&'b mut [f64]],
    registers: &'a mut [Vec<f64>],
}

impl pulp::WithSimd for Run<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        // The instruction sets with four or more lanes multiply and add in one rounding; elsewhere a call would do
        // it.
        if S::F64_LANES >= 4 { self.all::<true>() } else { self.all::<false>() }
    }
}

impl Run<'_, '_> {
    #[inline(always)]
    fn all<const FUSED: bool>(mut self) {
        let states = self.outputs.first().map_or(0, |output| output.len());
        for from in (0..states).step_by(BLOCK) {
            let to = states.min(from + BLOCK);
            for instruction in &self.program.code {
                self.one::<FUSED>(instruction, from, to);
            }
        }
    }

    #[inline(always)]
    fn read(&self, place: Place, from: usize, to: usize) -> &[f64] {
        match place {
            Place::Input(k) => &self.inputs[k][from..to],
            Place::Register(k) => &self.registers[k][..to - from],
            Place::One => &ONES[..to - from],
        }
    }

    #[inline(always)]
    fn one<const FUSED: bool>(&mut self, instruction: &Instruction, from: usize, to: usize) {
        let n = to - from;
        // What is written is taken out of its place; no instruction reads where it writes.
        match instruction {
            Instruction::Sum { constant, terms, to: Target::Output(k) } => {
                let all = std::mem::take(&mut self.outputs[*k]);
                self.sum::<FUSED, true>(*constant, terms, &mut all[from..to], from, to);
                self.outputs[*k] = all;
            }
            Instruction::Sum { constant, terms, to: Target::Register(k) } => {
                let mut all = std::mem::take(&mut self.registers[*k]);
                self.sum::<FUSED, false>(*constant, terms, &mut all[..n], from, to);
                self.registers[*k] = all;
            }
            Instruction::Sigmoids { of, to: [k, l] } => {
                let [mut plus, mut minus] = [*k, *l].map(|k| std::mem::take(&mut self.registers[k]));
                let x = self.read(*of, from, to);
                sigmoids::<FUSED>(x, &mut plus[..n], &mut minus[..n]);
                (self.registers[*k], self.registers[*l]) = (plus, minus);
            }
            Instruction::Step { of, to: k } => self.map(*of, *k, from, to, |x| x.step()),
            Instruction::Reciprocal { of, to: k } => self.map(*of, *k, from, to, |x| 1.0 / x),
            Instruction::Call { function, order, of, to: k } => {
                let curves = &self.program.curves;
                self.map(*of, *k, from, to, |x| function.at(curves, *order, x));
            }
        }
    }

    /// Writes a function of an operand into a register.
    #[inline(always)]
    fn map(&mut self, of: Place, register: usize, from: usize, to: usize, f: impl Fn(f64) -> f64) {
        let mut all = std::mem::take(&mut self.registers[register]);
        self.read(of, from, to).iter().zip(&mut all[..to - from]).for_each(|(x, out)| *out = f(*x));
        self.registers[register] = all;
    }

    /// Two products a pass: the sum is written and read half as often as with one.
    #[inline(always)]
    fn sum<const FUSED: bool, const LAST: bool>(
        &self,
        constant: f64,
        terms: &[Term],
        out: &mut [f64],
        from: usize,
        to: usize,
    ) {
        let product = |term: &Term| {
            let b = (term.b != Place::One).then(|| self.read(term.b, from, to));
            (term.by, self.read(term.a, from, to), b)
        };
        let nothing = (0.0, &ONES[..to - from], None);
        let rest = match terms {
            [] => return out.fill(constant),
            [one] => return one_product::<FUSED, LAST>(out, constant, product(one)),
            [one, two, rest @ ..] => {
                two_products::<FUSED, LAST>(out, |_| constant, product(one), product(two));
                rest
            }
        };
        for pair in rest.chunks(2) {
            let second = pair.get(1).map_or(nothing, product);
            two_products::<FUSED, LAST>(out, |out| out, product(&pair[0]), second);
        }
    }
}

/// c a b; b is 1 where it is None.
type Product<'a> = (f64, &'a [f64], Option<&'a [f64]>);

/// out = c a b + constant.
#[inline(always)]
fn one_product<const FUSED: bool, const LAST: bool>(out: &mut [f64], constant: f64, (c, a, b): Product) {
    let done = |x: f64, a: f64| bounded::<LAST>(times_plus::<FUSED>(x, a, constant));
    match b {
        Some(b) => out.iter_mut().zip(a).zip(b).for_each(|((out, a), b)| *out = done(c * a, *b)),
        None => out.iter_mut().zip(a).for_each(|(out, a)| *out = done(c, *a)),
    }
}

/// out = c a b + d p q + from(out).
#[inline(always)]
fn two_products<const FUSED: bool, const LAST: bool>(
    out: &mut [f64],
    from: impl Fn(f64) -> f64,
    (c, a, b): Product,
    (d, p, q): Product,
) {
    let fused = times_plus::<FUSED>;
    let done =
        |x: f64, a: f64, y: f64, p: f64, out: f64| bounded::<LAST>(fused(x, a, fused(y, p, from(out))));
    let all = out.iter_mut().zip(a).zip(p);
    match (b, q) {
        (Some(b), Some(q)) => {
            all.zip(b).zip(q).for_each(|((((out, a), p), b), q)| *out = done(c * a, *b, d * p, *q, *out))
        }
        (Some(b), None) => all.zip(b).for_each(|(((out, a), p), b)| *out = done(c * a, *b, d, *p, *out)),
        (None, Some(q)) => all.zip(q).for_each(|(((out, a), p), q)| *out = done(c, *a, d * p, *q, *out)),
        (None, None) => all.for_each(|((out, a), p)| *out = done(c, *a, d, *p, *out)),
    }
}

/// A result; one that cannot be used, because it is not finite or too large, becomes `UNUSABLE` with either sign.
#[inline(always)]
fn bounded<const LAST: bool>(x: f64) -> f64 {
    if !LAST {
        return x;
    }
    // Written so that NaN becomes a bound.
    let x = if x > -UNUSABLE { x } else { -UNUSABLE };
    if x < UNUSABLE { x } else { UNUSABLE }
}
