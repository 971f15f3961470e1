//! Words that several commands print.

/// A time in words.
pub fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1.5 => "a second".to_string(),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s if s < 48.0 * 3600.0 => format!("{:.0} h", s / 3600.0),
        s if s < 1e10 => format!("{:.0} days", s / 86_400.0),
        _ => "centuries".to_string(),
    }
}
