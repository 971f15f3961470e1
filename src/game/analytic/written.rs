//! Formulas written down: the losses of a game as a list of operations, to be computed elsewhere.
//!
//! A loss is a formula for any `Number`. At [`Symbol`] it computes nothing and writes each operation on a sheet, once;
//! who reads the sheet can compute the same losses at any parameters, in any arithmetic that has the operations. Every
//! game can be written down without a line of its own.

use super::formula::Formula;
use super::number::{Number, Smooth, Which};
use super::{Analytic, Paper};
use crate::game::objective::Curve;
use crate::game::{Penalty, Player};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::{Add, Mul, Neg, Sub};

/// An operation; operands are places in the list, all before the operation's own. As JSON: a number, the name of a
/// parameter, or a list of the operator and its operands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Op {
    /// A constant.
    Number(f64),
    /// A parameter: "d0", "d1", ..., "g0", ...
    Parameter(Parameter),
    /// A function of one operand: "neg", or the function's name.
    One(&'static str, usize),
    /// "+", "-", "*" or "^" of two operands.
    Two(&'static str, usize, usize),
}

/// A parameter by its player, 0 the discriminator, and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "String")]
pub struct Parameter(usize, usize);

impl From<Parameter> for String {
    fn from(Parameter(player, index): Parameter) -> String {
        format!("{}{index}", ["d", "g"][player])
    }
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
        let sheet = Sheet::default();
        let theta = sheet.parameters(&self.paper);
        let losses = Player::BOTH.map(|player| self.paper.loss(player, &theta).place(&sheet));
        let penalties = penalties.iter().map(|penalty| match self.paper.penalty(penalty, &theta) {
            Symbol::Number(0.0) => None,
            symbol => Some(symbol.place(&sheet)),
        });
        let penalties = penalties.collect();
        Written { ops: sheet.ops.into_inner(), losses, penalties }
    }
}

/// What is written so far, and where.
#[derive(Default)]
struct Sheet {
    ops: RefCell<Vec<Op>>,
    known: RefCell<HashMap<Key, usize>>,
}

/// An operation as the key of a table, in which numbers are equal when their bits are.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Number(u64),
    Parameter(Parameter),
    One(&'static str, usize),
    Two(&'static str, usize, usize),
}

impl Sheet {
    fn parameters(&self, paper: &Paper) -> Vec<Symbol<'_>> {
        let sizes = paper.sizes();
        let each =
            [0, 1].into_iter().flat_map(|player| (0..sizes[player]).map(move |k| Parameter(player, k)));
        each.map(|parameter| Symbol::Written(self, self.write(Op::Parameter(parameter)))).collect()
    }

    /// The place of an operation, which is written if it is new.
    fn write(&self, op: Op) -> usize {
        let key = match op {
            Op::Number(x) => Key::Number(x.to_bits()),
            Op::Parameter(parameter) => Key::Parameter(parameter),
            Op::One(name, a) => Key::One(name, a),
            Op::Two(name, a, b) => Key::Two(name, a, b),
        };
        *self.known.borrow_mut().entry(key).or_insert_with(|| {
            let mut ops = self.ops.borrow_mut();
            ops.push(op);
            ops.len() - 1
        })
    }
}

/// A number that is written down instead of computed. Constants are computed.
#[derive(Clone, Copy)]
enum Symbol<'a> {
    Number(f64),
    Written(&'a Sheet, usize),
}

impl<'a> Symbol<'a> {
    /// Where it is written on the sheet; a constant is put there.
    fn place(self, sheet: &Sheet) -> usize {
        match self {
            Symbol::Number(x) => sheet.write(Op::Number(x)),
            Symbol::Written(_, place) => place,
        }
    }

    fn one(self, name: &'static str, computed: impl Fn(f64) -> f64) -> Self {
        match self {
            Symbol::Number(x) => Symbol::Number(computed(x)),
            Symbol::Written(sheet, place) => Symbol::Written(sheet, sheet.write(Op::One(name, place))),
        }
    }

    fn two(self, name: &'static str, other: Self, computed: impl Fn(f64, f64) -> f64) -> Self {
        let sheet = match (self, other) {
            (Symbol::Number(a), Symbol::Number(b)) => return Symbol::Number(computed(a, b)),
            (Symbol::Written(sheet, _), _) | (_, Symbol::Written(sheet, _)) => sheet,
        };
        Symbol::Written(sheet, sheet.write(Op::Two(name, self.place(sheet), other.place(sheet))))
    }
}

impl Add for Symbol<'_> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        match (self, other) {
            (Symbol::Number(0.0), x) | (x, Symbol::Number(0.0)) => x,
            _ => self.two("+", other, |a, b| a + b),
        }
    }
}

impl Sub for Symbol<'_> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        match other {
            Symbol::Number(0.0) => self,
            _ => self.two("-", other, |a, b| a - b),
        }
    }
}

impl Mul for Symbol<'_> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        match (self, other) {
            (Symbol::Number(0.0), _) | (_, Symbol::Number(0.0)) => Symbol::Number(0.0),
            (Symbol::Number(1.0), x) | (x, Symbol::Number(1.0)) => x,
            _ => self.two("*", other, |a, b| a * b),
        }
    }
}

impl Neg for Symbol<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        self.one("neg", |x| -x)
    }
}

impl Number for Symbol<'_> {
    fn of(x: f64) -> Self {
        Symbol::Number(x)
    }

    /// The curve itself; derivatives are never asked for, because no derivative is taken.
    fn curve(self, curve: &Curve, _: usize) -> Self {
        let of = Symbol::of;
        match curve {
            Curve::Zero => of(0.0),
            Curve::Linear(c) => of(*c) * self,
            Curve::Softplus { c, s } => of(*c) * (of(*s) * self).one("softplus", crate::nn::softplus),
            Curve::Square { target } => {
                let off = self - of(*target);
                of(0.5) * off * off
            }
            Curve::Hinge { s } => (of(1.0) + of(*s) * self).one("ramp", |x| x.max(0.0)),
            Curve::Formula(formula) => formula.at(&[self]),
        }
    }

    /// The function itself, for the same reason.
    fn smooth(self, f: &impl Smooth, _: usize) -> Self {
        match f.which() {
            Which::Function(function) => self.one(function.name(), |x| f.at(0, x)),
            Which::Power(power) => self.two("^", Symbol::Number(power), |x, _| f.at(0, x)),
        }
    }

    fn step(self) -> Self {
        self.one("step", |x| x.step())
    }

    fn magnitude(self) -> Self {
        self.one("abs", f64::abs)
    }

    fn positive(self) -> Self {
        self.one("ramp", |x| x.max(0.0))
    }
}
