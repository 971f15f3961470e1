//! Runs a program over many states: block by block, each small enough that its registers stay in the first-level cache.
//!
//! Loops are compiled for the vector units that the processor has, which is found out when they run. Every state is
//! computed by itself, so results do not depend on how many there are or in which order.

use super::exponential::{sigmoids, times_plus};
use super::program::{Instruction, Place, Program, Target, Term};
use crate::game::analytic::number::Number;

/// States in a block.
const BLOCK: usize = 256;

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
        // The instruction sets with four or more lanes multiply and add in one rounding; elsewhere a call would do it.
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
                self.sum::<FUSED>(*constant, terms, &mut all[from..to], from, to);
                self.outputs[*k] = all;
            }
            Instruction::Sum { constant, terms, to: Target::Register(k) } => {
                let mut all = std::mem::take(&mut self.registers[*k]);
                self.sum::<FUSED>(*constant, terms, &mut all[..n], from, to);
                self.registers[*k] = all;
            }
            Instruction::Sigmoids { of, to: [k, l] } => {
                let [mut plus, mut minus] = [*k, *l].map(|k| std::mem::take(&mut self.registers[k]));
                let x = self.read(*of, from, to);
                for ((x, plus), minus) in x.iter().zip(&mut plus[..n]).zip(&mut minus[..n]) {
                    (*plus, *minus) = sigmoids::<FUSED>(*x);
                }
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
    fn sum<const FUSED: bool>(&self, constant: f64, terms: &[Term], out: &mut [f64], from: usize, to: usize) {
        let product = |term: &Term| (term.by, self.read(term.a, from, to), self.read(term.b, from, to));
        let rest = match terms {
            [] => {
                out.fill(constant);
                return;
            }
            [one] => {
                let (by, a, b) = product(one);
                for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                    *out = times_plus::<FUSED>(by * a, *b, constant);
                }
                return;
            }
            [one, two, rest @ ..] => {
                two_products::<FUSED>(out, |_| constant, product(one), product(two));
                rest
            }
        };
        for pair in rest.chunks(2) {
            let nothing = (0.0, &ONES[..to - from], &ONES[..to - from]);
            two_products::<FUSED>(out, |out| out, product(&pair[0]), pair.get(1).map_or(nothing, product));
        }
    }
}

/// out = c a b + d p q + from(out).
#[inline(always)]
fn two_products<const FUSED: bool>(
    out: &mut [f64],
    from: impl Fn(f64) -> f64,
    (c, a, b): (f64, &[f64], &[f64]),
    (d, p, q): (f64, &[f64], &[f64]),
) {
    for ((((out, a), b), p), q) in out.iter_mut().zip(a).zip(b).zip(p).zip(q) {
        let second = times_plus::<FUSED>(d * p, *q, from(*out));
        *out = times_plus::<FUSED>(c * a, *b, second);
    }
}
