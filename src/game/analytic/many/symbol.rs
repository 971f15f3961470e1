//! Numbers that write down what is done to them.
//!
//! A formula evaluated once at `Symbol`s leaves a list of elementary operations, which `program` turns into code
//! for many states at once. Derivatives need nothing of their own: `Dual<Symbol>` is a number too, and the
//! operations that its values alone would take are left out of the program because no result needs them. Equal
//! operations are written once, and arithmetic with 0 and 1 is done at once; that 0 x = 0 holds for every x that is
//! finite.

use crate::formula::{Function, power_derivatives};
use crate::game::analytic::number::{Number, Smooth, Which};
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
    /// 1 / x.
    Reciprocal(Symbol),
    /// A derivative of a function that is computed number by number.
    Call {
        /// The function.
        function: Called,
        /// Order of the derivative.
        order: usize,
        /// Where it is taken.
        of: Symbol,
    },
}

/// A function that is computed number by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Called {
    /// The curve of this number.
    Curve(usize),
    /// A function of formulas.
    Function(Function),
    /// x to this power.
    Power(Bits),
}

impl Called {
    /// The derivative of an order at x; `curves` are those of the record.
    pub fn at(self, curves: &[Curve], order: usize, x: f64) -> f64 {
        match self {
            Called::Curve(number) => curves[number].at(order, x),
            Called::Function(function) => function.derivatives(x)[order],
            Called::Power(power) => power_derivatives(x, power.value())[order],
        }
    }
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
            // The curve itself is written out, for those who have no derivatives of curves.
            (Curve::Softplus { c, s }, 0) => of(*c) * (of(*s) * self).smooth(&Function::Softplus, 0),
            (Curve::Formula(formula), 0) => formula.at(&[self]),
            (Curve::Formula(_), _) => self.call(Called::Curve(curve_number(curve)), order),
        }
    }

    fn smooth(self, f: &impl Smooth, order: usize) -> Self {
        if let Some(x) = self.constant() {
            return Symbol::of(f.at(order, x));
        }
        let of = Symbol::of;
        let sign = || self.step() - (-self).step();
        match f.which() {
            Which::Function(Function::Softplus) if order > 0 => softplus(self, order),
            Which::Function(Function::Sigmoid) if order < 4 => softplus(self, order + 1),
            Which::Function(Function::Relu) => match order {
                0 => self.positive(),
                1 => of(0.5) * (of(1.0) + sign()),
                _ => of(0.0),
            },
            Which::Function(Function::Abs) => match order {
                0 => self.magnitude(),
                1 => sign(),
                _ => of(0.0),
            },
            Which::Function(function) => self.call(Called::Function(function), order),
            Which::Power(power) => self.power(power, order),
        }
    }
}

/// Whole powers that are products.
const PRODUCTS: f64 = 8.0;

impl Symbol {
    fn call(self, function: Called, order: usize) -> Self {
        noted(Node::Call { function, order, of: self })
    }

    /// A derivative of x^p: p (p - 1) ... x^(p - order).
    fn power(self, power: f64, order: usize) -> Self {
        let factor = (0..order).map(|k| power - k as f64).product::<f64>();
        let rest = power - order as f64;
        if factor == 0.0 {
            return Symbol::of(0.0);
        }
        if rest.fract() != 0.0 || rest.abs() > PRODUCTS {
            return self.call(Called::Power(Bits::of(power)), order);
        }
        let base = if rest < 0.0 { noted(Node::Reciprocal(self)) } else { self };
        let product = (0..rest.abs() as usize).fold(Symbol::of(1.0), |product, _| product * base);
        Symbol::of(factor) * product
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
