//! Losses that a user writes as formulas in the logit `t`, with their derivatives.
//!
//! A formula becomes a short program for a stack machine. Run on truncated power series instead of numbers, the same
//! program gives the value and the first four derivatives, which is all that a Jacobian of a regularised game under
//! consensus asks for; nothing has to be differentiated symbolically. Powers bind tighter than a sign (`-t^2` is `-(t^2)`) and to the
//! right, as in print.

mod function;
mod parse;

use function::Function;
pub use parse::Flaw;

/// A formula in `t`.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    program: Vec<Op>,
}

/// One instruction of the stack machine.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Number(f64),
    Variable,
    Negate,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Apply(Function),
}

/// Coefficients of a power series up to the fourth power.
type Series = [f64; 5];

impl std::str::FromStr for Formula {
    type Err = Flaw;

    fn from_str(text: &str) -> Result<Self, Flaw> {
        parse::parse(text).map(|program| Formula { program })
    }
}

impl Formula {
    /// The value and the first four derivatives at `t`.
    pub fn derivatives(&self, t: f64) -> [f64; 5] {
        let mut stack: Vec<Series> = Vec::with_capacity(8);
        for op in &self.program {
            let series = match op {
                Op::Number(value) => [*value, 0.0, 0.0, 0.0, 0.0],
                Op::Variable => [t, 1.0, 0.0, 0.0, 0.0],
                Op::Negate => pop(&mut stack).map(|c| -c),
                Op::Apply(function) => compose(pop(&mut stack), |x| function.derivatives(x)),
                binary => {
                    let right = pop(&mut stack);
                    combine(*binary, pop(&mut stack), right)
                }
            };
            stack.push(series);
        }
        let [c0, c1, c2, c3, c4] = pop(&mut stack);
        [c0, c1, 2.0 * c2, 6.0 * c3, 24.0 * c4]
    }

    /// The value at `t`.
    pub fn value(&self, t: f64) -> f64 {
        self.derivatives(t)[0]
    }
}

/// The parser leaves no program that lacks an operand; NaN would show it if it did.
fn pop(stack: &mut Vec<Series>) -> Series {
    stack.pop().unwrap_or([f64::NAN; 5])
}

fn combine(op: Op, a: Series, b: Series) -> Series {
    match op {
        Op::Add => std::array::from_fn(|k| a[k] + b[k]),
        Op::Subtract => std::array::from_fn(|k| a[k] - b[k]),
        Op::Multiply => std::array::from_fn(|k| (0..=k).map(|j| a[j] * b[k - j]).sum()),
        Op::Divide => divide(a, b),
        _ => power(a, b),
    }
}

fn divide(a: Series, b: Series) -> Series {
    let mut q = [0.0; 5];
    for k in 0..5 {
        let known: f64 = (0..k).map(|j| q[j] * b[k - j]).sum();
        q[k] = (a[k] - known) / b[0];
    }
    q
}

/// a^b. A constant exponent allows any base; otherwise it is exp(b log a).
fn power(a: Series, b: Series) -> Series {
    if b[1..] == [0.0; 4] {
        return compose(a, |x| constant_power(x, b[0]));
    }
    let log = compose(a, |x| Function::Log.derivatives(x));
    compose(combine(Op::Multiply, b, log), |x| Function::Exp.derivatives(x))
}

/// x^p and its derivatives by x. A factor of 0 wins over an infinite power: the third derivative of x^2 is 0 at 0 too.
fn constant_power(x: f64, p: f64) -> [f64; 5] {
    let term = |factor: f64, power: f64| if factor == 0.0 { 0.0 } else { factor * libm::pow(x, power) };
    [
        libm::pow(x, p),
        term(p, p - 1.0),
        term(p * (p - 1.0), p - 2.0),
        term(p * (p - 1.0) * (p - 2.0), p - 3.0),
        term(p * (p - 1.0) * (p - 2.0) * (p - 3.0), p - 4.0),
    ]
}

/// The series of g(a), from g and its derivatives at a's value.
fn compose(a: Series, g: impl Fn(f64) -> [f64; 5]) -> Series {
    let [value, first, second, third, fourth] = g(a[0]);
    // A constant stays one even where g has an infinite slope.
    if a[1..] == [0.0; 4] {
        return [value, 0.0, 0.0, 0.0, 0.0];
    }
    let (second, third, fourth) = (second / 2.0, third / 6.0, fourth / 24.0);
    let square = a[1] * a[1];
    [
        value,
        first * a[1],
        first * a[2] + second * a[1] * a[1],
        first * a[3] + 2.0 * second * a[1] * a[2] + third * a[1] * a[1] * a[1],
        first * a[4]
            + second * (2.0 * a[1] * a[3] + a[2] * a[2])
            + 3.0 * third * square * a[2]
            + fourth * square * square,
    ]
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
