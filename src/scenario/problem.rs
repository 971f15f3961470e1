//! What is wrong with a scenario, and where.

use super::tree::Place;
use std::fmt;

/// One thing that is wrong with a scenario. Its text says where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, the shipped scenario or the flag that it is in.
    pub source: String,
    /// Line and column from 1, the column in characters; None where the problem is not at a place in a text.
    pub at: Option<(usize, usize)>,
    /// What is wrong, and what to do about it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "{}:{line}:{column}: {}", self.source, self.message),
            None => write!(f, "{}: {}", self.source, self.message),
        }
    }
}

/// Everything that is wrong with a scenario, in the order of its text; at least one problem, one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// One problem that has no line.
    pub fn one(source: impl Into<String>, message: impl Into<String>) -> Self {
        Problems(vec![Problem { source: source.into(), at: None, message: message.into() }])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A complaint that still has to be given its line and column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Where it applies.
    pub place: Place,
    /// What is wrong, and what to do about it.
    pub message: String,
}

/// Gives complaints their lines and columns in `text`, in the order of the text.
pub fn place_all(source: &str, text: &str, mut complaints: Vec<Complaint>) -> Problems {
    let order = |c: &Complaint| match &c.place {
        Place::Text(span) => span.start,
        Place::Override(_) => usize::MAX,
    };
    complaints.sort_by_key(order);
    let place = |c: Complaint| match c.place {
        Place::Text(span) => Problem {
            source: source.to_string(),
            at: Some(line_and_column(text, span.start)),
            message: c.message,
        },
        Place::Override(typed) => Problem { source: typed, at: None, message: c.message },
    };
    Problems(complaints.into_iter().map(place).collect())
}

/// Line and column, both from 1, of a byte of a text; the column counts characters.
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    let before = &text[..byte];
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        assert_eq!(line_and_column("a\nüb", 4), (2, 2));
        assert_eq!(line_and_column("a\nüb", 3), (2, 1));
        assert_eq!(line_and_column("", 7), (1, 1));
    }
}
