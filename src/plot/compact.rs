//! Makes the SVG that plotters writes small: elements of one look share a group, defaults are left out.

use std::fmt::Write as _;

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
            many => {
                let _ = writeln!(out, "<g {}>", self.look);
                for item in many {
                    out.push_str(item);
                }
                out.push_str("\n</g>\n");
            }
        }
        self.items.clear();
    }
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
}
