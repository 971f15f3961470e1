//! Makes the SVG that plotters writes small: elements of one look share a group, clouds of dots are one path, defaults are
//! left out.

use std::collections::HashSet;
use std::fmt::Write as _;

/// From so many dots on they are one path: files and whoever reads them need not hold an element for each.
const CLOUD: usize = 100;

/// Attributes that say where an element is; all others say how it looks.
const PLACE: [&str; 11] = ["points", "x", "y", "width", "height", "cx", "cy", "r", "x1", "y1", "x2"];

/// Rewrites the body of an SVG that plotters wrote, its outermost element left out.
pub fn body(svg: &str) -> String {
    let mut out = String::with_capacity(svg.len() / 2);
    let mut group = Group::default();
    let mut lines = svg.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("<text") {
            group.flush(&mut out);
            text(&mut out, line, &mut lines);
        } else if !line.starts_with("<svg") && !line.starts_with("</svg") {
            group.add(&mut out, line);
        }
    }
    group.flush(&mut out);
    out
}

#[derive(Default)]
struct Group {
    look: String,
    items: Vec<String>,
}

impl Group {
    fn add(&mut self, out: &mut String, line: &str) {
        let Some((tag, attributes)) = element(line) else { return };
        let look = look(tag, &attributes);
        if look != self.look {
            self.flush(out);
            self.look = look;
        }
        let mut item = format!("<{tag}");
        for (name, value) in &attributes {
            if PLACE.contains(name) || *name == "y2" {
                let _ = write!(item, " {name}=\"{}\"", value.trim_end());
            }
        }
        item.push_str("/>");
        self.items.push(item);
    }

    fn flush(&mut self, out: &mut String) {
        match self.items.as_slice() {
            [] => {}
            [only] => {
                let bare = only.trim_end_matches("/>");
                let _ = writeln!(out, "{bare} {}/>", self.look);
            }
            many => match cloud(&self.look, many) {
                Some(cloud) => out.push_str(&cloud),
                None => {
                    let _ = writeln!(out, "<g {}>", self.look);
                    many.iter().for_each(|item| out.push_str(item));
                    out.push_str("\n</g>\n");
                }
            },
        }
        self.items.clear();
    }
}

/// Dots of one colour and size as one path: lines without length that round ends make dots. Only where they hide what is
/// beneath, as it then makes no difference how often a place is covered.
fn cloud(look: &str, items: &[String]) -> Option<String> {
    let color = look.strip_prefix("fill=\"")?.strip_suffix('"').filter(|color| !color.contains('"'))?;
    if items.len() < CLOUD {
        return None;
    }
    let mut places = HashSet::new();
    let mut size = None;
    let mut d = String::new();
    for item in items {
        let ("circle", attributes) = element(item)? else { return None };
        let [x, y, r] = ["cx", "cy", "r"].map(|name| value(&attributes, name));
        let (x, y, r) = (x?, y?, r?);
        if *size.get_or_insert(r) != r {
            return None;
        }
        if places.insert((x, y)) {
            let _ = write!(d, "M{x} {y}h0");
        }
    }
    let width = 2.0 * size?.parse::<f64>().ok()?;
    let look = format!("fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\" stroke-linecap=\"round\"");
    Some(format!("<path d=\"{d}\" {look}/>\n"))
}

fn element(line: &str) -> Option<(&str, Vec<(&str, &str)>)> {
    let inner = line.strip_prefix('<')?.trim_end_matches("/>").trim_end_matches('>');
    let (tag, mut rest) = inner.split_once(' ')?;
    let mut attributes = Vec::new();
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, next) = after.split_once('"')?;
        attributes.push((name.trim_start(), value));
        rest = next;
    }
    Some((tag, attributes))
}

fn value<'a>(attributes: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
}

fn look(tag: &str, attributes: &[(&str, &str)]) -> String {
    let fill = value(attributes, "fill").unwrap_or("none");
    let opacity = value(attributes, "opacity").filter(|o| *o != "1");
    let mut look = String::new();
    if fill != "none" && tag != "line" && tag != "polyline" {
        let _ = write!(look, "fill=\"{fill}\"");
        if let Some(opacity) = opacity {
            let _ = write!(look, " fill-opacity=\"{opacity}\"");
        }
    } else {
        let stroke = value(attributes, "stroke").unwrap_or("none");
        let width = value(attributes, "stroke-width").unwrap_or("1");
        let _ = write!(look, "fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\"");
        if let Some(opacity) = opacity {
            let _ = write!(look, " stroke-opacity=\"{opacity}\"");
        }
    }
    look
}

fn text<'a>(out: &mut String, line: &str, lines: &mut impl Iterator<Item = &'a str>) {
    let Some((_, attributes)) = element(line) else { return };
    out.push_str("<text");
    for (name, value) in attributes {
        let usual = matches!((name, value), ("opacity", "1") | ("text-anchor", "start") | ("font-family", _));
        if !usual {
            let _ = write!(out, " {name}=\"{value}\"");
        }
    }
    out.push('>');
    for content in lines.by_ref().take_while(|l| *l != "</text>") {
        out.push_str(content);
    }
    out.push_str("</text>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_of_one_look_share_a_group() {
        let dot = |x| {
            format!(
                "<circle cx=\"{x}\" cy=\"2\" r=\"3\" opacity=\"0.5\" fill=\"#FF0000\" stroke=\"none\" stroke-width=\"1\"/>\n"
            )
        };
        let svg = format!("<svg width=\"1\">\n{}{}</svg>\n", dot(1), dot(2));
        let small = body(&svg);
        assert_eq!(small.matches("fill=\"#FF0000\" fill-opacity=\"0.5\"").count(), 1);
        assert_eq!(small.matches("<circle").count(), 2);
        assert!(small.contains("<circle cx=\"2\" cy=\"2\" r=\"3\"/>"));
    }

    fn circles(places: impl Iterator<Item = (u32, u32)>, opacity: &str) -> String {
        let dot = |(x, y)| {
            format!(
                "<circle cx=\"{x}\" cy=\"{y}\" r=\"24\" opacity=\"{opacity}\" fill=\"#FF0000\" stroke=\"none\" stroke-width=\"1\"/>\n"
            )
        };
        places.map(dot).collect()
    }

    /// The red in an SVG's pixels: 0 for paper, 255 for a dot's inside.
    fn red(body: &str) -> Vec<u8> {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"100\" viewBox=\"0 0 1000 1000\">{body}</svg>"
        );
        let pixmap = crate::plot::render::pixels(&svg, 1.0).unwrap();
        pixmap.pixels().iter().map(|pixel| 255 - pixel.green()).collect()
    }

    #[test]
    fn a_cloud_is_one_path_that_covers_its_dots_and_nothing_else() {
        let scattered = |k: u32| (30 + 389 * k % 941, 30 + 577 * k % 937);
        let clouds: [&dyn Fn(u32) -> (u32, u32); 4] =
            [&scattered, &|_| (500, 300), &|k| (500, 30 + 9 * (k % 100)), &|k| (200 + k % 3, 200)];
        for place in clouds {
            let places: Vec<(u32, u32)> = (0..150).map(place).collect();
            let small = body(&circles(places.iter().copied(), "1"));
            assert_eq!((small.matches("<path").count(), small.matches("<circle").count()), (1, 0));
            for (k, red) in red(&small).into_iter().enumerate() {
                let (x, y) = (k as f64 % 100.0 + 0.5, (k / 100) as f64 + 0.5);
                let away = |(a, b): &(u32, u32)| (f64::from(*a) / 10.0 - x).hypot(f64::from(*b) / 10.0 - y);
                let nearest = places.iter().map(away).fold(f64::INFINITY, f64::min);
                // A pixel's corners are 0.71 from its middle.
                assert!(nearest > 2.4 - 0.8 || red > 250, "{x} {y}: {red}");
                assert!(nearest < 2.4 + 0.8 || red == 0, "{x} {y}: {red}");
            }
        }
    }

    #[test]
    fn what_shows_through_and_what_is_few_stays_dots() {
        let few = body(&circles((0..99).map(|k| (k, k)), "1"));
        let faint = body(&circles((0..150).map(|k| (k, k)), "0.5"));
        let sizes = body(
            &(circles((0..150).map(|k| (k, k)), "1")
                + &circles([(5, 5)].into_iter(), "1").replace("24", "25")),
        );
        let dots = [few, faint, sizes].map(|svg| svg.matches("<circle").count());
        assert_eq!(dots, [99, 150, 151]);
    }
}
