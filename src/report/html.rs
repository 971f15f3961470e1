//! The parts that pages are made of: the frame of a page, pictures, tables.

use super::Shown;
use super::headline::Fact;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

/// A section of a page: anchor, heading, contents.
pub struct Section {
    /// Its anchor.
    pub id: &'static str,
    /// Its heading.
    pub heading: &'static str,
    /// What it holds.
    pub body: Markup,
}

impl Section {
    /// A section.
    pub fn new(id: &'static str, heading: &'static str, body: Markup) -> Self {
        Section { id, heading, body }
    }
}

/// What a page may do: show what is in it, and nothing else.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      base-uri 'none'; form-action 'none'";

/// A whole page. `program` names who wrote it.
pub fn page(title: &str, lead: Markup, sections: &[Section], program: &str) -> String {
    let style = PreEscaped(include_str!("page.css"));
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(program);
                title { (title) }
                link rel="icon" href="data:,";
                style { (style) }
            }
            body {
                a class="skip" href="#main" { "Skip to the contents" }
                header {
                    h1 { (title) }
                    (lead)
                    nav aria-label="Sections" {
                        ul { @for s in sections { li { a href={ "#" (s.id) } { (s.heading) } } } }
                    }
                }
                main id="main" tabindex="-1" {
                    @for s in sections {
                        section id=(s.id) aria-labelledby={ (s.id) "-heading" } {
                            h2 id={ (s.id) "-heading" } { (s.heading) }
                            (s.body)
                        }
                    }
                }
                footer { p { "Written by " (program) ". Everything shown is part of this file; it loads nothing." } }
            }
        }
    };
    markup.into_string()
}

/// Sentences as a list.
pub fn sentences(told: &[String]) -> Markup {
    html! { ul class="story" { @for sentence in told { li { (together(sentence)) } } } }
}

/// A few facts at a glance: what, how much, and what to hold it against.
pub fn glance(facts: &[Fact]) -> Markup {
    html! {
        dl class="glance" {
            @for fact in facts {
                div { dt { (fact.name) } dd class="value" { (fact.value) } dd class="beside" { (together(&fact.beside)) } }
            }
        }
    }
}

/// A text whose percentages are not torn apart at the end of a line.
fn together(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

/// Pictures with captions, each part of the page.
pub fn pictures(shown: &[Shown]) -> Markup {
    html! { @for picture in shown { (figure(picture)) } }
}

fn figure(picture: &Shown) -> Markup {
    let source = format!("data:image/svg+xml;base64,{}", STANDARD.encode(&picture.svg));
    let size = size(&picture.svg);
    let wide = size.is_some_and(|(w, h)| w > 1.3 * h);
    let shape = if wide { "picture wide" } else { "picture" };
    html! {
        figure id=(anchor(&picture.name)) {
            div class=(shape) tabindex=[wide.then_some("0")] role=[wide.then_some("group")]
                aria-label=[wide.then_some(&picture.title)] {
                img src=(source) alt=(picture.alt) loading="lazy" decoding="async"
                    width=[size.map(|s| s.0.round())] height=[size.map(|s| s.1.round())];
            }
            figcaption {
                strong { (picture.title) }
                // The image itself says this to those who cannot see it.
                @if !picture.alt.is_empty() && picture.alt != picture.title {
                    span aria-hidden="true" { " – " (picture.alt) }
                }
            }
        }
    }
}

/// A picture's name as an anchor.
pub fn anchor(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
    format!("picture-{}", name.chars().map(plain).collect::<String>())
}

/// Width and height that an SVG document states.
fn size(svg: &str) -> Option<(f64, f64)> {
    let start = svg.find("<svg")?;
    let tag = svg[start..].split('>').next()?;
    let attribute = |name: &str| {
        let after = tag.split(&format!(" {name}=\"")).nth(1)?;
        after.split('"').next()?.trim_end_matches("px").parse::<f64>().ok().filter(|v| (1.0..1e5).contains(v))
    };
    Some((attribute("width")?, attribute("height")?))
}

/// A table that scrolls inside its own box. Each row starts with its heading; `caption` also names the box.
pub fn table(caption: &str, head: &[String], rows: &[(Markup, Vec<String>)]) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-label=(caption) {
            table {
                caption { span { (caption) } }
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody {
                    @for (first, cells) in rows {
                        tr { th scope="row" { (first) } @for cell in cells { td { (cell) } } }
                    }
                }
            }
        }
    }
}

/// Text as it is, in a box that scrolls; `name` says what it is.
pub fn listing(name: &str, text: &str) -> Markup {
    html! { pre tabindex="0" role="region" aria-label=(name) { code { (text) } } }
}

/// Something that opens when it is asked for.
pub fn folded(summary: &str, body: Markup) -> Markup {
    html! { details { summary { (summary) } (body) } }
}

/// Data for a script of the page. No text in it can end the element or begin another.
pub fn embedded(id: &str, data: &Value) -> Markup {
    let safe = data.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    html! { script type="application/json" id=(id) { (PreEscaped(safe)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_tells_its_size() {
        let svg =
            "<?xml version=\"1.0\"?>\n<svg width=\"800\" height=\"300px\" viewBox=\"0 0 1 1\"><g/></svg>";
        assert_eq!(size(svg), Some((800.0, 300.0)));
        for odd in ["", "<svg", "<svg width=\"100%\" height=\"2\">", "<svg width=\"NaN\" height=\"2\">"] {
            assert_eq!(size(odd), None);
        }
    }

    #[test]
    fn embedded_data_cannot_leave_its_element() {
        let text = embedded("x", &serde_json::json!("</script><script>alert(1)")).into_string();
        assert_eq!(text.matches("<script").count(), 1);
        assert_eq!(text.matches("</script").count(), 1);
    }
}
