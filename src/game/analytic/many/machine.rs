//! Runs a program over many states: block by block, each small enough that its registers stay in the first-level cache.
//!
//! Every state is computed by itself, so results do not depend on how many there are or in which order.

use super::kernels::{Product, both_sigmoids, each, one_product, two_products};
use super::program::{Instruction, Place, Program, Target, Term};
use crate::game::analytic::number::Number;
use std::ops::Range;

/// States in a block.
const BLOCK: usize = 512;
/// Numbers in a line of the cache.
const LINE: usize = 8;

static ONES: [f64; BLOCK] = [1.0; BLOCK];

/// Room for the registers of a program.
#[derive(Debug, Default)]
pub struct Registers(Vec<Register>);

/// A number for each state of a block, from the beginning of a cache line: vectors that lie across two lines take
/// longer to read and write.
#[derive(Debug, Default)]
struct Register {
    room: Vec<f64>,
    from: usize,
}

impl Register {
    fn new() -> Self {
        let room = vec![0.0; BLOCK + LINE];
        let from = room.as_ptr().align_offset(LINE * size_of::<f64>()).min(LINE);
        Register { room, from }
    }

    #[inline]
    fn first(&self, n: usize) -> &[f64] {
        &self.room[self.from..][..n]
    }

    #[inline]
    fn first_mut(&mut self, n: usize) -> &mut [f64] {
        &mut self.room[self.from..][..n]
    }
}

/// Runs a program: each input and each output has a number for each state.
pub fn run(program: &Program, inputs: &[&[f64]], outputs: &mut [&mut [f64]], registers: &mut Registers) {
    if registers.0.len() < program.registers {
        registers.0.resize_with(program.registers, Register::new);
    }
    let states = outputs.first().map_or(0, |output| output.len());
    let mut block = Block { program, inputs, outputs, registers: &mut registers.0, range: 0..0 };
    for from in (0..states).step_by(BLOCK) {
        block.range = from..states.min(from + BLOCK);
        program.code.iter().for_each(|instruction| block.run(instruction));
    }
}

/// A block of states and all that instructions read and write.
struct Block<'a, 'b> {
    program: &'a Program,
    inputs: &'a [&'a [f64]],
    outputs: &'a mut [&'b mut [f64]],
    registers: &'a mut [Register],
    range: Range<usize>,
}

impl Block<'_, '_> {
    #[inline]
    fn read(&self, place: Place) -> &[f64] {
        match place {
            Place::Input(k) => &self.inputs[k][self.range.clone()],
            Place::Register(k) => self.registers[k].first(self.range.len()),
            Place::One => &ONES[..self.range.len()],
        }
    }

    /// The numbers that a product is made of.
    #[inline]
    fn product(&self, term: &Term) -> Product<'_> {
        (term.by, self.read(term.a), (term.b != Place::One).then(|| self.read(term.b)))
    }

    fn run(&mut self, instruction: &Instruction) {
        let n = self.range.len();
        // What is written is taken out of its place; no instruction reads where it writes.
        match instruction {
            Instruction::Sum { constant, terms, to: Target::Output(k) } => {
                let all = std::mem::take(&mut self.outputs[*k]);
                self.sum(*constant, terms, &mut all[self.range.clone()], self.program.bounded);
                self.outputs[*k] = all;
            }
            Instruction::Sum { constant, terms, to: Target::Register(k) } => {
                let mut all = std::mem::take(&mut self.registers[*k]);
                self.sum(*constant, terms, all.first_mut(n), false);
                self.registers[*k] = all;
            }
            Instruction::Sigmoids { of, to: [k, l] } => {
                let mut plus = std::mem::take(&mut self.registers[*k]);
                let mut minus = std::mem::take(&mut self.registers[*l]);
                both_sigmoids(self.product(of), plus.first_mut(n), minus.first_mut(n));
                (self.registers[*k], self.registers[*l]) = (plus, minus);
            }
            Instruction::Step { of, to } => self.map(*of, *to, |x| x.step()),
            Instruction::Reciprocal { of, to } => self.map(*of, *to, |x| 1.0 / x),
            Instruction::Call { function, order, of, to } => {
                let curves = &self.program.curves;
                self.map(*of, *to, |x| function.at(curves, *order, x));
            }
        }
    }

    /// Writes a function of an operand into a register.
    fn map(&mut self, of: Place, register: usize, f: impl Fn(f64) -> f64) {
        let mut all = std::mem::take(&mut self.registers[register]);
        each(all.first_mut(self.range.len()), self.read(of), f);
        self.registers[register] = all;
    }

    /// Two products a pass: the sum is written and read half as often as with one. The last pass keeps it within bounds.
    fn sum(&self, constant: f64, terms: &[Term], out: &mut [f64], bounded: bool) {
        let nothing = (0.0, self.read(Place::One), None);
        let rest = match terms {
            [] => return out.fill(constant),
            [one] => return one_product(out, constant, self.product(one), bounded),
            [one, two, rest @ ..] => {
                let last = bounded && rest.is_empty();
                two_products(out, Some(constant), [self.product(one), self.product(two)], last);
                rest
            }
        };
        for (k, pair) in rest.chunks(2).enumerate() {
            let last = bounded && 2 * k + 2 >= rest.len();
            let second = pair.get(1).map_or(nothing, |term| self.product(term));
            two_products(out, None, [self.product(&pair[0]), second], last);
        }
    }
}
