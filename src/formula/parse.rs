//! From text to a program: recursive descent over characters, with the place of each mistake.

use super::function::Function;
use super::{Names, Op};

/// A formula that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The character, from 0, at which it goes wrong.
    pub at: usize,
    /// What is wrong, and what to do about it.
    pub what: String,
}

const CONSTANTS: [(&str, f64); 2] = [("pi", std::f64::consts::PI), ("e", std::f64::consts::E)];
/// Longer and deeper formulas are refused, so that no input can exhaust the stack.
const LONGEST: usize = 2000;
const DEEPEST: usize = 100;

/// Why a name cannot be given to a variable or a constant, where it cannot.
pub(super) fn unfit_name(name: &str) -> Option<String> {
    let mut letters = name.chars();
    let first = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !first || !letters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Some("must be letters, digits and `_`, not beginning with a digit".into());
    }
    let taken = builtin().any(|known| known == name);
    taken.then(|| {
        format!("is what formulas call something else: {}", builtin().collect::<Vec<_>>().join(", "))
    })
}

/// The names that every formula knows.
fn builtin<'a>() -> impl Iterator<Item = &'a str> {
    CONSTANTS.into_iter().map(|c| c.0).chain(Function::NAMES.into_iter().map(|f| f.0))
}

/// Parses a formula into a program that leaves one value.
pub(super) fn parse(text: &str, names: Names) -> Result<Vec<Op>, Flaw> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > LONGEST {
        return Err(Flaw { at: LONGEST, what: format!("the formula is longer than {LONGEST} characters") });
    }
    let mut parser = Parser { chars, names, at: 0, depth: 0, program: Vec::new() };
    if parser.peek().is_none() {
        let variables = names.variables.join(", ");
        return Err(parser.flaw(&format!("the formula is empty; write an expression in {variables}")));
    }
    parser.sum()?;
    match parser.peek() {
        None => Ok(parser.program),
        Some(')') => Err(parser.flaw("this parenthesis was never opened")),
        Some(c) => Err(parser.flaw(&format!("expected an operator or the end, found `{c}`"))),
    }
}

struct Parser<'a> {
    chars: Vec<char>,
    names: Names<'a>,
    at: usize,
    depth: usize,
    program: Vec<Op>,
}

impl Parser<'_> {
    fn flaw(&self, what: &str) -> Flaw {
        Flaw { at: self.at, what: what.to_string() }
    }

    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.chars.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.chars.get(self.at).copied()
    }

    fn sum(&mut self) -> Result<(), Flaw> {
        self.chain(Self::product, |c| match c {
            '+' => Some(Op::Add),
            '-' => Some(Op::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Result<(), Flaw> {
        self.chain(Self::signed, |c| match c {
            '*' => Some(Op::Multiply),
            '/' => Some(Op::Divide),
            _ => None,
        })
    }

    /// Operands of one level, joined from the left.
    fn chain(
        &mut self,
        operand: fn(&mut Self) -> Result<(), Flaw>,
        operator: fn(char) -> Option<Op>,
    ) -> Result<(), Flaw> {
        operand(self)?;
        while let Some(op) = self.peek().and_then(operator) {
            self.at += 1;
            operand(self)?;
            self.program.push(op);
        }
        Ok(())
    }

    fn signed(&mut self) -> Result<(), Flaw> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.flaw(&format!("the formula is nested deeper than {DEEPEST}")));
        }
        match self.peek() {
            Some('-') => {
                self.at += 1;
                self.signed()?;
                self.program.push(Op::Negate);
            }
            Some('+') => {
                self.at += 1;
                self.signed()?;
            }
            _ => self.power()?,
        }
        self.depth -= 1;
        Ok(())
    }

    /// A power binds tighter than the sign before its base, and its exponent may have a sign of its own.
    fn power(&mut self) -> Result<(), Flaw> {
        self.atom()?;
        if self.peek() == Some('^') {
            self.at += 1;
            self.signed()?;
            self.program.push(Op::Power);
        }
        Ok(())
    }

    fn atom(&mut self) -> Result<(), Flaw> {
        match self.peek() {
            Some('(') => self.parenthesis(),
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => self.name(),
            Some(c) => Err(self.flaw(&format!("expected a number, a name or `(`, found `{c}`"))),
            None => Err(self.flaw("the formula ends where a number or a name should follow")),
        }
    }

    fn parenthesis(&mut self) -> Result<(), Flaw> {
        let opened = self.at;
        self.at += 1;
        self.sum()?;
        match self.peek() {
            Some(')') => {
                self.at += 1;
                Ok(())
            }
            None => Err(Flaw { at: opened, what: "this parenthesis is never closed".into() }),
            Some(c) => Err(self.flaw(&format!("expected an operator or `)`, found `{c}`"))),
        }
    }

    fn number(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        self.digits();
        let sign = usize::from(matches!(self.chars.get(self.at + 1), Some('+' | '-')));
        let exponent = matches!(self.chars.get(self.at), Some('e' | 'E'));
        if exponent && self.chars.get(self.at + 1 + sign).is_some_and(char::is_ascii_digit) {
            self.at += 1 + sign;
            self.digits();
        }
        let text: String = self.chars[start..self.at].iter().collect();
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => {
                self.program.push(Op::Number(value));
                Ok(())
            }
            _ => Err(Flaw { at: start, what: format!("`{text}` is not a finite number") }),
        }
    }

    fn digits(&mut self) {
        while self.chars.get(self.at).is_some_and(|c| c.is_ascii_digit() || *c == '.') {
            self.at += 1;
        }
    }

    fn name(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        while self.chars.get(self.at).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_') {
            self.at += 1;
        }
        let name: String = self.chars[start..self.at].iter().collect();
        let constants = || self.names.constants.iter().copied().chain(CONSTANTS);
        if let Some(index) = self.names.variables.iter().position(|known| *known == name) {
            self.program.push(Op::Variable(index));
        } else if let Some((_, value)) = constants().find(|(known, _)| *known == name) {
            self.program.push(Op::Number(value));
        } else if let Some((_, function)) = Function::NAMES.iter().find(|(known, _)| *known == name) {
            if self.peek() != Some('(') {
                return Err(self.flaw(&format!("expected `(` after {name}")));
            }
            self.parenthesis()?;
            self.program.push(Op::Apply(*function));
        } else {
            return Err(Flaw { at: start, what: unknown(&name, self.names) });
        }
        Ok(())
    }
}

fn unknown<'a>(name: &str, names: Names<'a>) -> String {
    let own = names.variables.iter().copied().chain(names.constants.iter().map(|c| c.0));
    let known: Vec<&'a str> = own.chain(builtin()).collect();
    let near = known.iter().min_by_key(|k| strsim::damerau_levenshtein(name, k));
    match near.filter(|k| name.len() > 2 && strsim::damerau_levenshtein(name, k) <= 1) {
        Some(near) => format!("unknown name `{name}`; did you mean `{near}`?"),
        None => format!("unknown name `{name}`; a formula knows {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_have_places() {
        let parse = |text: &str| parse(text, Names { variables: &["t"], constants: &[] });
        for (text, at) in [
            ("", 0),
            ("1 + x", 4),
            ("exq(t)", 0),
            ("2 * (t", 4),
            ("t)", 1),
            ("t $ 2", 2),
            ("t +", 3),
            ("* t", 0),
            ("()", 1),
            ("t t", 2),
            ("1e999", 0),
            ("exp", 3),
            ("2 ^", 3),
            ("1..2", 0),
            ("(t 2)", 3),
        ] {
            assert_eq!(parse(text).map_err(|f| f.at), Err(at), "{text}");
        }
        assert!(parse(&"-".repeat(1999)).is_err() && parse(&"(".repeat(1999)).is_err());
        assert!(parse(&"t^".repeat(900)).is_err() && parse(&format!("t{}", "+t".repeat(999))).is_ok());
    }
}
