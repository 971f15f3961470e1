//! The numbers of a picture as CSV.

/// A table in the making.
pub struct Csv {
    text: String,
    columns: usize,
}

impl Csv {
    /// An empty table with a header.
    pub fn new(header: &[&str]) -> Self {
        Csv { text: header.join(",") + "\n", columns: header.len() }
    }

    /// Adds a row: words first, then numbers, then empty cells up to the header's length. NaN is an empty cell.
    pub fn row(&mut self, words: &[&str], numbers: &[f64]) {
        let quoted = words.iter().map(|w| quote(w));
        let written = numbers.iter().map(|v| if v.is_nan() { String::new() } else { shortest(*v) });
        let mut cells: Vec<String> = quoted.chain(written).collect();
        cells.resize(self.columns.max(cells.len()), String::new());
        self.text.push_str(&cells.join(","));
        self.text.push('\n');
    }

    /// The finished table.
    pub fn finish(self) -> Option<Vec<u8>> {
        Some(self.text.into_bytes())
    }
}

/// A number of single precision as short as it can be read back.
fn shortest(value: f64) -> String {
    match value as f32 {
        narrow if f64::from(narrow) == value => format!("{narrow:?}"),
        _ => format!("{value:?}"),
    }
    .trim_end_matches(".0")
    .to_string()
}

fn quote(word: &str) -> String {
    if word.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", word.replace('"', "\"\""))
    } else {
        word.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_header_s_length() {
        let mut csv = Csv::new(&["kind", "x", "y"]);
        csv.row(&["a,b"], &[1.0]);
        csv.row(&["c"], &[f64::NAN, 0.1f32.into()]);
        assert_eq!(csv.finish().unwrap(), b"kind,x,y\n\"a,b\",1,\nc,,0.1\n");
    }
}
