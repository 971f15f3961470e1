//! Ranges of axes, their ticks, and numbers as text.

/// Whether a number can be drawn: finite, and not so large that differences overflow.
pub fn usable(value: f64) -> bool {
    value.abs() < 1e100
}

/// Smallest and largest usable value.
pub fn bounds(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|v| usable(*v)).fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((low, high)) => Some((v.min(low), v.max(high))),
    })
}

/// Whether positive values are of sizes so different that only a logarithmic axis shows them all.
pub fn many_sizes(values: impl IntoIterator<Item = f64>) -> bool {
    bounds(values.into_iter().filter(|v| *v > 0.0)).is_some_and(|(low, high)| high > 30.0 * low)
}

/// The value below which the share `q` of the usable values lies.
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| usable(*v)).collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    Some(sorted[(q.clamp(0.0, 1.0) * last as f64).round() as usize])
}

/// A range a little wider than `low..high` and never empty.
pub fn padded(low: f64, high: f64, share: f64) -> (f64, f64) {
    let least = (low.abs().max(high.abs()) * 1e-6).max(1e-12);
    let width = high - low;
    let pad = if width > least { width * share } else { (low.abs() * 0.1).max(0.5 * f64::from(low == 0.0)) };
    (low - pad.max(least), high + pad.max(least))
}

/// The range of an axis for curves: all of their values, unless a few of them dwarf the rest (a loss that explodes);
/// then those are left to run off the picture.
pub fn curve_range(values: &[f64]) -> (f64, f64) {
    let Some((low, high)) = bounds(values.iter().copied()) else { return (0.0, 1.0) };
    let inner_low = quantile(values, 0.1).unwrap_or(low);
    let inner_high = quantile(values, 0.9).unwrap_or(high);
    let width = (inner_high - inner_low).max(1e-3 * inner_high.abs().max(inner_low.abs()));
    if width > 0.0 && high - low > 200.0 * width {
        padded(low.max(inner_low - width), high.min(inner_high + width), 0.05)
    } else {
        padded(low, high, 0.05)
    }
}

/// The same for an axis of decimal logarithms: at most four decades above where nearly all values are, and eight below,
/// because coming near is what such an axis is drawn for.
pub fn log_range(values: &[f64]) -> (f64, f64) {
    let Some((low, high)) = bounds(values.iter().copied()) else { return (-1.0, 0.0) };
    let inner_low = quantile(values, 0.1).unwrap_or(low);
    let inner_high = quantile(values, 0.9).unwrap_or(high);
    padded(low.max(inner_low - 8.0), high.min(inner_high + 4.0), 0.06)
}

/// The distance between ticks: 1, 2 or 5 times a power of ten, about `count` of them over `width`.
fn tick_step(width: f64, count: usize) -> f64 {
    let rough = width / count.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let lead = rough / power;
    power
        * if lead < 1.5 {
            1.0
        } else if lead < 3.5 {
            2.0
        } else if lead < 7.5 {
            5.0
        } else {
            10.0
        }
}

/// About `count` ticks in `low..high`, each with its text.
pub fn ticks(low: f64, high: f64, count: usize) -> Vec<(f64, String)> {
    let step = tick_step(high - low, count);
    if !(step.is_finite() && step > 0.0) {
        return Vec::new();
    }
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    if last - first > 50.0 || !(last - first).is_finite() {
        return Vec::new();
    }
    (0..=(last - first) as i64)
        .map(|k| (first + k as f64) * step)
        .map(|value| (value, number(if value.abs() < step * 1e-6 { 0.0 } else { value }, step)))
        .collect()
}

/// Ticks at whole numbers only.
pub fn whole_ticks(low: f64, high: f64, count: usize) -> Vec<(f64, String)> {
    let whole = ticks(low, high, count).into_iter().filter(|(value, _)| (value - value.round()).abs() < 1e-9);
    whole.map(|(value, _)| (value, number(value, 1.0))).collect()
}

/// Ticks of an axis that shows decimal logarithms: powers of ten, thinned to about `count`; over less than two decades
/// 2 and 5 times a power as well.
pub fn log_ticks(low: f64, high: f64, count: usize) -> Vec<(f64, String)> {
    let (first, last) = (low.floor() as i64, high.ceil() as i64);
    if !(low.is_finite() && high.is_finite()) || last - first > 300 {
        return Vec::new();
    }
    let inside = |t: &f64| *t >= low - 1e-9 && *t <= high + 1e-9;
    let powers: Vec<i64> = (first..=last).filter(|p| inside(&(*p as f64))).collect();
    if high - low < 2.0 {
        let leads: &[f64] = if high - low < 0.5 { &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0] } else { &[1.0, 2.0, 5.0] };
        return (first..=last)
            .flat_map(|p| leads.iter().map(move |l| (l, p)))
            .map(|(l, p)| (l.log10() + p as f64, plain_or_power(*l, p)))
            .filter(|(at, _)| inside(at))
            .collect();
    }
    let stride = (powers.len() as f64 / count.max(1) as f64).ceil().max(1.0) as i64;
    powers
        .into_iter()
        .filter(|p| p.rem_euclid(stride) == 0)
        .map(|p| (p as f64, plain_or_power(1.0, p)))
        .collect()
}

/// A power of ten as text.
pub fn power_text(power: i32) -> String {
    plain_or_power(1.0, i64::from(power))
}

fn plain_or_power(lead: f64, power: i64) -> String {
    let value = lead * 10f64.powi(power as i32);
    match power {
        -3..=4 => number(value, 10f64.powi(power as i32) * if lead == 1.5 { 0.1 } else { 1.0 }),
        _ if lead == 1.0 => format!("10{}", superscript(power)),
        _ => format!("{lead}×10{}", superscript(power)),
    }
}

fn superscript(power: i64) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raised = |c: char| c.to_digit(10).map_or('⁻', |d| DIGITS[d as usize]);
    power.to_string().chars().map(raised).collect()
}

/// A number as text with the decimals that tell it from its neighbours `step` away; thousands apart, powers of ten
/// where a number would be long.
pub fn number(value: f64, step: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let size = value.abs();
    if !usable(value) || !(1e-4..1e7).contains(&size) {
        return power_form(value);
    }
    let decimals = (-step.abs().max(1e-9).log10().floor()).clamp(0.0, 8.0) as usize;
    with_separators(&format!("{value:.decimals$}"))
}

/// A step of training as text: thousands apart.
pub fn step_text(step: u64) -> String {
    with_separators(&step.to_string())
}

/// A number to about `digits` digits, for notes and tables in pictures.
pub fn short(value: f64, digits: i32) -> String {
    if value == 0.0 || !usable(value) {
        return if value == 0.0 { "0".into() } else { "–".into() };
    }
    let lead = value.abs().log10().floor() as i32;
    number(value, 10f64.powi((lead - digits + 1).min(0)))
}

fn power_form(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "–" } else { "∞" }.into();
    }
    let power = value.abs().log10().floor();
    let lead = (value / 10f64.powf(power) * 10.0).round() / 10.0;
    let sign = if value < 0.0 { "−" } else { "" };
    match lead.abs() {
        1.0 => format!("{sign}10{}", superscript(power as i64)),
        lead => format!("{sign}{lead}×10{}", superscript(power as i64)),
    }
}

fn with_separators(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("−", rest));
    let (whole, rest) = digits.find('.').map_or((digits, ""), |dot| digits.split_at(dot));
    let mut out = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(step_text(25_000), "25,000");
        assert_eq!(number(-0.25, 0.05), "−0.25");
        assert_eq!(number(1e30, 1e29), "10³⁰");
        assert_eq!(number(2.5e-6, 1e-6), "2.5×10⁻⁶");
        assert_eq!(short(0.012345, 2), "0.012");
        assert_eq!(short(f64::NAN, 2), "–");
    }

    #[test]
    fn ticks_are_few_and_inside_for_any_range() {
        for (low, high) in [(0.0, 1.0), (-3.0, 1e30), (1.0, 1.0 + 1e-9), (-1e-20, 1e-20), (0.0, 25_000.0)] {
            let found = ticks(low, high, 5);
            assert!(found.len() <= 12, "{low} {high} {found:?}");
            assert!(found.iter().all(|(t, _)| *t >= low - 1e-9 * high.abs() && *t <= high * (1.0 + 1e-9)));
        }
        assert!(ticks(f64::NAN, 1.0, 5).is_empty());
        assert!(log_ticks(-40.0, 30.0, 5).len() <= 7);
        assert_eq!(log_ticks(-0.1, 1.1, 5).len(), 4);
    }

    #[test]
    fn an_explosion_does_not_flatten_the_rest() {
        let mut values: Vec<f64> = (0..100).map(|i| (f64::from(i) * 0.1).sin()).collect();
        values.push(1e30);
        values.push(f64::NAN);
        let (low, high) = curve_range(&values);
        assert!(low > -10.0 && high < 10.0, "{low} {high}");
        let (low, high) = curve_range(&[3.0; 9]);
        assert!(low < 3.0 && high > 3.0);
        assert_eq!(curve_range(&[]), (0.0, 1.0));
    }
}
