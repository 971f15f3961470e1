//! Formulas written down: the losses of a game as a list of operations, to be computed elsewhere.
//!
//! The losses are recorded as those of fields are (`many::symbol`). Who reads the list can compute them at any
//! parameters, in any arithmetic that has the operations; no game needs a line of its own for that.

use super::Analytic;
use super::formula::Formula;
use super::many::symbol::{Bits, Called, Node, Symbol, record};
use super::number::Number;
use crate::formula::Function;
use crate::game::{Penalty, Player};
use serde::Serialize;
use std::collections::HashMap;

/// An operation; operands are places in the list, all before the operation's own. As JSON: a number, the name of a
/// parameter, or a list of the operator and its operands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Op {
    /// A constant.
    Number(f64),
    /// A parameter: "d0", "d1", ..., "g0", ...
    Parameter(String),
    /// A function of one operand: "neg", "step" (1 above 0, else 0), or a function of formulas by its name.
    One(&'static str, usize),
    /// "+", "*" or "^" of two operands.
    Two(&'static str, usize, usize),
}

/// The losses of a game, written down.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The operations.
    pub ops: Vec<Op>,
    /// Where the losses without regularisers are found: discriminator, generator.
    pub losses: [usize; 2],
    /// Where the penalties are that were asked for, in their order; None for one that is 0 everywhere.
    pub penalties: Vec<Option<usize>>,
}

impl Analytic {
    /// The losses, and the means of some penalties (‖grad_x D‖ - c)^2.
    pub fn written(&self, penalties: &[Penalty]) -> Written {
        let sizes = self.paper.sizes();
        let record = record(sizes[0] + sizes[1], |theta| {
            let losses = Player::BOTH.into_iter().map(|player| self.paper.loss(player, theta));
            losses.chain(penalties.iter().map(|penalty| self.paper.penalty(penalty, theta))).collect()
        });
        let mut sheet = Sheet::default();
        for node in &record.nodes {
            let place = sheet.operation(*node, sizes[0]);
            sheet.places.push(place);
        }
        let none = Symbol::of(0.0);
        let losses = [0, 1].map(|k| sheet.place(record.results[k]));
        let penalties = record.results[2..]
            .iter()
            .map(|result| (*result != none).then(|| sheet.place(*result)))
            .collect();
        Written { losses, penalties, ops: sheet.ops }
    }
}

/// The list as far as it is written.
#[derive(Default)]
struct Sheet {
    ops: Vec<Op>,
    /// Where the result of each node of the record is.
    places: Vec<usize>,
    /// Where each constant is.
    constants: HashMap<Bits, usize>,
}

impl Sheet {
    fn push(&mut self, op: Op) -> usize {
        self.ops.push(op);
        self.ops.len() - 1
    }

    fn place(&mut self, symbol: Symbol) -> usize {
        match symbol {
            Symbol::Constant(bits) => match self.constants.get(&bits) {
                Some(place) => *place,
                None => {
                    let place = self.push(Op::Number(bits.value()));
                    self.constants.insert(bits, place);
                    place
                }
            },
            Symbol::Node(number) => self.places[number as usize],
        }
    }

    /// Writes an operation of the record; `d` is the number of parameters of the discriminator.
    fn operation(&mut self, node: Node, d: usize) -> usize {
        let op = match node {
            Node::Input(k) if k < d => Op::Parameter(format!("d{k}")),
            Node::Input(k) => Op::Parameter(format!("g{}", k - d)),
            Node::Add(a, b) => Op::Two("+", self.place(a), self.place(b)),
            Node::Mul(a, b) => Op::Two("*", self.place(a), self.place(b)),
            Node::Step(of) => Op::One("step", self.place(of)),
            Node::Reciprocal(of) => self.power(of, -1.0),
            Node::Sigmoid { of, flipped } => {
                let of = self.place(of);
                let of = if flipped { self.push(Op::One("neg", of)) } else { of };
                Op::One(Function::Sigmoid.name(), of)
            }
            Node::Call { function, order, of } => self.call(function, order, of),
        };
        self.push(op)
    }

    fn power(&mut self, of: Symbol, power: f64) -> Op {
        Op::Two("^", self.place(of), self.place(Symbol::of(power)))
    }

    fn call(&mut self, function: Called, order: usize, of: Symbol) -> Op {
        match (function, order) {
            (Called::Function(function), 0) => Op::One(function.name(), self.place(of)),
            (Called::Power(power), 0) => self.power(of, power.value()),
            // A loss takes no derivative, and its curves are written out; were one left, NaN would show it.
            _ => Op::Number(f64::NAN),
        }
    }
}
