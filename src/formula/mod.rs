//! Losses that a user writes as formulas in named variables, with their derivatives.
//!
//! A formula becomes a short program for a stack machine that runs on any kind of `Value`, so nothing has to be
//! differentiated symbolically. In one variable, truncated power series give the value and the first four derivatives,
//! which is all that a Jacobian of a regularised game under consensus asks for; in several, games on paper run the same
//! program on numbers that carry derivatives. Powers bind tighter than a sign (`-t^2` is `-(t^2)`) and to the right, as
//! in print.

mod function;
mod parse;
mod series;

pub use function::{Function, power_derivatives};
pub use parse::Flaw;
use series::Series;
use std::ops::{Add, Mul, Neg, Sub};

/// The names that a formula may use besides functions, `pi` and `e`.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Variables in the order in which their values are given.
    pub variables: &'a [&'a str],
    /// Numbers by their names.
    pub constants: &'a [(&'a str, f64)],
}

impl Names<'_> {
    /// Why a name cannot be given to a variable or a constant: how the sentence goes on after the name.
    pub fn unfit(name: &str) -> Option<String> {
        parse::unfit_name(name)
    }
}

/// A formula in some variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    program: Vec<Op>,
}

/// One instruction of the stack machine.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Number(f64),
    Variable(usize),
    Negate,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Apply(Function),
}

/// What a formula can be computed in.
pub trait Value:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// A constant.
    fn constant(x: f64) -> Self;
    /// The quotient.
    fn over(self, divisor: Self) -> Self;
    /// A function of the value.
    fn apply(self, function: Function) -> Self;
    /// The value to a constant power, for any base that has one.
    fn to(self, power: f64) -> Self;
    /// The value, above 0, to any power.
    fn to_any(self, power: Self) -> Self {
        (power * self.apply(Function::Log)).apply(Function::Exp)
    }
}

impl std::str::FromStr for Formula {
    type Err = Flaw;

    /// A formula in the one variable `t`.
    fn from_str(text: &str) -> Result<Self, Flaw> {
        Formula::parse(text, Names { variables: &["t"], constants: &[] })
    }
}

/// An operand on its way through the machine. Constants are kept apart, so that they stay constant where a function has
/// an infinite slope, and powers with a constant exponent allow any base.
#[derive(Clone, Copy)]
enum Operand<V> {
    Constant(f64),
    Moving(V),
}

impl<V: Value> Operand<V> {
    fn value(self) -> V {
        match self {
            Operand::Constant(x) => V::constant(x),
            Operand::Moving(value) => value,
        }
    }
}

impl Formula {
    /// Parses a formula in these names.
    pub fn parse(text: &str, names: Names) -> Result<Self, Flaw> {
        parse::parse(text, names).map(|program| Formula { program })
    }

    /// The formula's value at its variables, of which there must be as many as it was parsed with.
    pub fn at<V: Value>(&self, variables: &[V]) -> V {
        let mut stack: Vec<Operand<V>> = Vec::with_capacity(8);
        for op in &self.program {
            let operand = match op {
                Op::Number(x) => Operand::Constant(*x),
                Op::Variable(index) => Operand::Moving(variables[*index]),
                Op::Negate => unary(pop(&mut stack), |x| -x, |v| -v),
                Op::Apply(f) => unary(pop(&mut stack), |x| f.derivatives(x)[0], |v| v.apply(*f)),
                binary => {
                    let right = pop(&mut stack);
                    combine(*binary, pop(&mut stack), right)
                }
            };
            stack.push(operand);
        }
        pop(&mut stack).value()
    }

    /// The value and the first four derivatives at `t` of a formula in one variable.
    pub fn derivatives(&self, t: f64) -> [f64; 5] {
        let Series([c0, c1, c2, c3, c4]) = self.at(&[Series([t, 1.0, 0.0, 0.0, 0.0])]);
        [c0, c1, 2.0 * c2, 6.0 * c3, 24.0 * c4]
    }
}

/// The parser leaves no program that lacks an operand; NaN would show it if it did.
fn pop<V>(stack: &mut Vec<Operand<V>>) -> Operand<V> {
    stack.pop().unwrap_or(Operand::Constant(f64::NAN))
}

fn unary<V: Value>(of: Operand<V>, still: impl Fn(f64) -> f64, moving: impl Fn(V) -> V) -> Operand<V> {
    match of {
        Operand::Constant(x) => Operand::Constant(still(x)),
        Operand::Moving(value) => Operand::Moving(moving(value)),
    }
}

fn combine<V: Value>(op: Op, a: Operand<V>, b: Operand<V>) -> Operand<V> {
    if let (Operand::Constant(a), Operand::Constant(b)) = (a, b) {
        return Operand::Constant(match op {
            Op::Add => a + b,
            Op::Subtract => a - b,
            Op::Multiply => a * b,
            Op::Divide => a / b,
            _ => libm::pow(a, b),
        });
    }
    Operand::Moving(match (op, b) {
        (Op::Add, b) => a.value() + b.value(),
        (Op::Subtract, b) => a.value() - b.value(),
        (Op::Multiply, b) => a.value() * b.value(),
        (Op::Divide, b) => a.value().over(b.value()),
        (_, Operand::Constant(power)) => a.value().to(power),
        (_, b) => a.value().to_any(b.value()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, t: f64) -> [f64; 5] {
        text.parse::<Formula>().unwrap_or_else(|f| panic!("{text}: {f:?}")).derivatives(t)
    }

    fn near(a: f64, b: f64, tolerance: f64) -> bool {
        (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
    }

    #[test]
    fn operators_bind_as_in_print() {
        let values = [
            ("-t^2", -9.0),
            ("2-t^2", -7.0),
            ("2^-t", 0.125),
            ("2^t^0.5^2", 2f64.powf(3f64.powf(0.25))),
            ("1-2-t", -4.0),
            ("24/4/t", 2.0),
            ("2/t*3", 2.0),
            ("--t", 3.0),
            ("t*-t", -9.0),
            ("1e-1*t + 2.5E+1", 25.3),
            ("-exp(0*t)^2", -1.0),
        ];
        for (text, value) in values {
            assert!(near(at(text, 3.0)[0], value, 1e-15), "{text}: {:?}", at(text, 3.0));
        }
    }

    #[test]
    fn the_classical_loss_has_its_derivatives() {
        let s = 1.0 / (1.0 + (-0.7f64).exp());
        let wanted = [(1.0 + (-0.7f64).exp()).ln(), s - 1.0, s * (1.0 - s), s * (1.0 - s) * (1.0 - 2.0 * s)];
        for text in ["log(1 + exp(-t))", "softplus(-t)", "softplus(t) - t", "-log(sigmoid(t))"] {
            let found = at(text, 0.7);
            assert!(found.iter().zip(wanted).all(|(a, b)| near(*a, b, 1e-13)), "{text}: {found:?}");
        }
        assert_eq!(at("t^2", 0.0), [0.0, 0.0, 2.0, 0.0, 0.0]);
    }

    #[test]
    fn every_function_agrees_with_differences() {
        for name in Function::NAMES.map(|(name, _)| name) {
            let text = format!("{name}(t * (1.3 - t))");
            let h = 1e-5;
            let (here, up, down) = (at(&text, 0.4), at(&text, 0.4 + h), at(&text, 0.4 - h));
            for k in 0..4 {
                let slope = (up[k] - down[k]) / (2.0 * h);
                assert!(near(here[k + 1], slope, 1e-7), "{text}, order {}: {} {slope}", k + 1, here[k + 1]);
            }
        }
    }

    #[test]
    fn losses_far_out_stay_finite() {
        for t in [-1e4, 1e4] {
            assert!(at("softplus(-t)", t).iter().all(|v| v.is_finite()));
        }
    }
}
