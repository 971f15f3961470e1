//! Numbers that write down what is done to them.
//!
//! A formula evaluated once at `Symbol`s leaves a list of elementary operations, which `program` turns into code for many
//! states at once. Derivatives need nothing of their own: `Dual<Symbol>` is a number too, and the operations that its
//! values alone would take are left out of the program because no result needs them. Equal operations are written
//! once, and arithmetic with 0 and 1 is done at once; that 0 x = 0 holds for every x that is finite.

use crate::game::analytic::number::Number;
use crate::game::objective::Curve;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::{Add, Mul, Neg, Sub};

/// A double by its bits, which can be compared and hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bits(u64);

impl Bits {
    fn of(x: f64) -> Self {
        // -0 and 0 are one constant.
        Bits((x + 0.0).to_bits())
    }

    /// The double.
    pub fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// A constant, or the result of an operation that was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symbol {
    /// A constant.
    Constant(Bits),
    /// The number of an operation.
    Node(u32),
}

/// An operation. Its operands were written down before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// An input by its number.
    Input(usize),
    /// A sum.
    Add(Symbol, Symbol),
    /// A product; a constant factor stands first.
    Mul(Symbol, Symbol),
    /// 1 where the operand is above 0, else 0.
    Step(Symbol),
    /// 1 / (1 + e^-x), or 1 / (1 + e^x) where it is flipped.
    Sigmoid {
        /// x.
        of: Symbol,
        /// Whether it is of -x.
        flipped: bool,
    },
    /// A derivative of a curve that is computed number by number.
    Curve {
        /// Number of the curve.
        curve: usize,
        /// Order of the derivative.
        order: usize,
        /// Where it is taken.
        of: Symbol,
    },
}

/// What was written down.
#[derive(Debug, Default)]
pub struct Record {
    /// The operations in order.
    pub nodes: Vec<Node>,
    /// The curves that they name.
    pub curves: Vec<Curve>,
    /// The results.
    pub results: Vec<Symbol>,
    known: HashMap<Node, u32>,
    /// Where the curves lay, by which one is known again.
    addresses: Vec<usize>,
}

thread_local! {
    static RECORD: RefCell<Record> = RefCell::default();
}

/// What `f` does to so many inputs.
pub fn record(inputs: usize, f: impl FnOnce(&[Symbol]) -> Vec<Symbol>) -> Record {
    RECORD.take();
    let inputs: Vec<Symbol> = (0..inputs).map(|k| noted(Node::Input(k))).collect();
    let results = f(&inputs);
    Record { results, ..RECORD.take() }
}

/// The result of an operation, written down if it is new.
fn noted(node: Node) -> Symbol {
    RECORD.with_borrow_mut(|record| {
        let next = record.nodes.len() as u32;
        let number = *record.known.entry(node).or_insert(next);
        if number == next {
            record.nodes.push(node);
        }
        Symbol::Node(number)
    })
}

/// The number of a curve.
fn curve_number(curve: &Curve) -> usize {
    RECORD.with_borrow_mut(|record| {
        let address = std::ptr::from_ref(curve) as usize;
        let found = record.addresses.iter().position(|known| *known == address);
        found.unwrap_or_else(|| {
            record.addresses.push(address);
            record.curves.push(curve.clone());
            record.curves.len() - 1
        })
    })
}

impl Symbol {
    /// Its value, where it is a constant.
    pub fn constant(self) -> Option<f64> {
        match self {
            Symbol::Constant(bits) => Some(bits.value()),
            Symbol::Node(_) => None,
        }
    }

    /// A constant c and a symbol s with c s = self; the operation `of` a symbol tells which.
    pub fn scaled(self, of: impl Fn(u32) -> Node) -> (f64, Symbol) {
        let Symbol::Node(number) = self else { return (1.0, self) };
        match of(number) {
            Node::Mul(Symbol::Constant(by), rest) => (by.value(), rest),
            _ => (1.0, self),
        }
    }

    fn unscaled(self) -> (f64, Symbol) {
        RECORD.with_borrow(|record| self.scaled(|number| record.nodes[number as usize]))
    }
}

impl Add for Symbol {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        match (self.constant(), other.constant()) {
            (Some(a), Some(b)) => Symbol::of(a + b),
            (Some(0.0), _) => other,
            (_, Some(0.0)) => self,
            _ if self == other => Symbol::of(2.0) * self,
            _ => {
                let (a, b) = ordered(self, other);
                noted(Node::Add(a, b))
            }
        }
    }
}

impl Sub for Symbol {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Symbol {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        // Constants are drawn to the front: c (k x) = (c k) x and x (k y) = k (x y).
        let ((a, x), (b, y)) = (self.unscaled(), other.unscaled());
        let (by, rest) = match (x.constant(), y.constant()) {
            (Some(x), Some(y)) => return Symbol::of(a * x * (b * y)),
            (Some(x), None) => (a * x * b, y),
            (None, Some(y)) => (a * y * b, x),
            (None, None) => {
                let (x, y) = ordered(x, y);
                (a * b, noted(Node::Mul(x, y)))
            }
        };
        match by {
            0.0 => Symbol::of(0.0),
            1.0 => rest,
            _ => noted(Node::Mul(Symbol::of(by), rest)),
        }
    }
}

impl Neg for Symbol {
    type Output = Self;
    fn neg(self) -> Self {
        Symbol::of(-1.0) * self
    }
}

/// Both in an order that does not depend on which came first.
fn ordered(a: Symbol, b: Symbol) -> (Symbol, Symbol) {
    let rank = |s: Symbol| match s {
        Symbol::Constant(_) => 0,
        Symbol::Node(number) => 1 + u64::from(number),
    };
    if rank(a) <= rank(b) { (a, b) } else { (b, a) }
}

impl Number for Symbol {
    fn of(x: f64) -> Self {
        Symbol::Constant(Bits::of(x))
    }

    fn step(self) -> Self {
        self.constant().map_or_else(|| noted(Node::Step(self)), |x| Symbol::of(x.step()))
    }

    fn curve(self, curve: &Curve, order: usize) -> Self {
        if let Some(x) = self.constant() {
            return Symbol::of(curve.at(order, x));
        }
        let of = Symbol::of;
        match (curve, order) {
            (Curve::Zero, _) => of(0.0),
            (Curve::Linear(c), 0) => of(*c) * self,
            (Curve::Softplus { c, s }, 1..) => {
                let power = (0..order).fold(*c, |power, _| power * s);
                of(power) * softplus(of(*s) * self, order)
            }
            (Curve::Square { target }, 0) => {
                let off = self - of(*target);
                of(0.5) * off * off
            }
            (Curve::Square { target }, 1) => self - of(*target),
            (Curve::Hinge { s }, 0) => (of(1.0) + of(*s) * self).positive(),
            (Curve::Hinge { s }, 1) => of(*s) * (of(1.0) + of(*s) * self).step(),
            (Curve::Linear(_) | Curve::Square { .. } | Curve::Hinge { .. }, _) => of(curve.at(order, 0.0)),
            (Curve::Softplus { .. } | Curve::Formula(_), _) => {
                noted(Node::Curve { curve: curve_number(curve), order, of: self })
            }
        }
    }
}

/// A derivative of log(1 + e^x), of order 1 or more, from s = 1 / (1 + e^-x) and 1 - s.
fn softplus(x: Symbol, order: usize) -> Symbol {
    let sigmoid = |flipped: bool| match x.unscaled() {
        (-1.0, x) => noted(Node::Sigmoid { of: x, flipped: !flipped }),
        _ => noted(Node::Sigmoid { of: x, flipped }),
    };
    let (s, rest) = (sigmoid(false), sigmoid(true));
    let d = s * rest;
    match order {
        1 => s,
        2 => d,
        3 => d * (rest - s),
        _ => d * (Symbol::of(1.0) - Symbol::of(6.0) * d),
    }
}
