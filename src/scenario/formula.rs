//! Checks the expressions of a `formula` objective, with the character at which they go wrong.

use exmex::Express;

/// The only variable of a formula.
const VARIABLE: &str = "t";
const CONSTANTS: [&str; 4] = ["PI", "E", "e", "TAU"];
/// Functions that can be differentiated, as an objective must be.
const FUNCTIONS: [&str; 17] = [
    "abs", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "sqrt", "ln", "log2",
    "log10", "log", "signum",
];
/// Longer and deeper formulas are refused: their derivatives would exhaust memory or the stack.
const LONGEST: usize = 2000;
const DEEPEST: usize = 64;

/// A formula that cannot be used: the character (from 0) where it goes wrong, and what is wrong.
pub type Flaw = (usize, String);

/// Whether a formula is an expression in `t` with known functions that can be differentiated.
pub fn check_formula(text: &str) -> Result<(), Flaw> {
    if text.trim().is_empty() {
        return Err((0, "the formula is empty; write an expression in t, as in \"log(1 + exp(-t))\"".into()));
    }
    if text.len() > LONGEST {
        return Err((LONGEST, format!("the formula is longer than {LONGEST} characters")));
    }
    scan(text)?;
    let parsed =
        exmex::parse::<f64>(text).map_err(|e| (0, format!("not an expression: {}", e.msg().trim())))?;
    if parsed.var_names().iter().any(|name| name != VARIABLE) {
        return Err((0, "the only variable of a formula is t, the logit".into()));
    }
    Ok(())
}

fn scan(text: &str) -> Result<(), Flaw> {
    let chars: Vec<char> = text.chars().collect();
    let mut open = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        match c {
            '(' if open.len() >= DEEPEST => {
                return Err((at, format!("parentheses are nested deeper than {DEEPEST}")));
            }
            '(' => open.push(at),
            ')' if open.pop().is_none() => return Err((at, "this parenthesis was never opened".into())),
            _ if c.is_ascii_digit() || c == '.' => {
                at = number(&chars, at)?;
                continue;
            }
            _ if c.is_ascii_alphabetic() || c == '_' => {
                at = word(&chars, at)?;
                continue;
            }
            ')' | ' ' | '+' | '-' | '*' | '/' | '^' => {}
            _ => {
                return Err((
                    at,
                    format!("unexpected character `{c}`; a formula has numbers, t, + - * / ^ and functions"),
                ));
            }
        }
        at += 1;
    }
    match open.pop() {
        Some(at) => Err((at, "this parenthesis is never closed".into())),
        None => Ok(()),
    }
}

/// Passes over a number, its exponent included.
fn number(chars: &[char], start: usize) -> Result<usize, Flaw> {
    let run = |from: usize| chars[from..].iter().take_while(|c| c.is_ascii_digit() || **c == '.').count();
    let mut end = start + run(start);
    let exponent = chars.get(end).is_some_and(|c| matches!(c, 'e' | 'E'));
    let sign = usize::from(chars.get(end + 1).is_some_and(|c| matches!(c, '+' | '-')));
    if exponent && chars.get(end + 1 + sign).is_some_and(char::is_ascii_digit) {
        end += 1 + sign;
        end += run(end);
    }
    let text: String = chars[start..end].iter().collect();
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(end),
        _ => Err((start, format!("`{text}` is not a finite number"))),
    }
}

/// Passes over a name, which must be known.
fn word(chars: &[char], start: usize) -> Result<usize, Flaw> {
    let length = chars[start..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').count();
    let name: String = chars[start..start + length].iter().collect();
    let known = name == VARIABLE || CONSTANTS.contains(&name.as_str()) || FUNCTIONS.contains(&name.as_str());
    if known {
        return Ok(start + length);
    }
    let mut names = vec![VARIABLE];
    names.extend(CONSTANTS);
    names.extend(FUNCTIONS);
    let hint = match super::validate::nearest(&name, &names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("a formula knows t, {}, {}", CONSTANTS.join(", "), FUNCTIONS.join(", ")),
    };
    Err((start, format!("unknown name `{name}`; {hint}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_have_places() {
        assert_eq!(check_formula("log(1 + exp(-t))"), Ok(()));
        assert_eq!(check_formula("(t - 1)^2 / 2e-1"), Ok(()));
        assert_eq!(check_formula("1 + x").map_err(|f| f.0), Err(4));
        assert_eq!(check_formula("exq(t)").map_err(|f| f.0), Err(0));
        assert_eq!(check_formula("2 * (t").map_err(|f| f.0), Err(4));
        assert_eq!(check_formula("t)").map_err(|f| f.0), Err(1));
        assert_eq!(check_formula("t $ 2").map_err(|f| f.0), Err(2));
        for bad in ["", "t +", "* t", "()", "t t", "1e999", "exp()", "1..2", "t exp", "exp exp", "{t}"] {
            assert!(check_formula(bad).is_err(), "{bad}");
        }
    }
}
