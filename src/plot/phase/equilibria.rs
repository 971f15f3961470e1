//! The equilibria in a window of the plane and what kind each is.

use super::super::canvas::{Drawn, Sheet, fill, segment, stroke, units};
use super::super::panel::At;
use super::super::theme::{INK, PAPER};
use super::plane::{Plane, Window, place, point};
use crate::spectrum::{Hunt, eigen, equilibrium};
use nalgebra::{Complex, DMatrix};
use plotters::element::{Circle, Polygon};
use plotters::style::Color as _;

/// What kind of equilibrium a point is, by the eigenvalues of its Jacobian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// All real and negative.
    StableNode,
    /// Real parts negative, and some pair turns.
    StableSpiral,
    /// Real parts zero (some of them, none positive), and none of the eigenvalues is: the linear part goes round.
    Centre,
    /// Some grow and some decay.
    Saddle,
    /// All real and positive.
    UnstableNode,
    /// Real parts not negative, and some pair turns.
    UnstableSpiral,
    /// Zero is among them: the linear part does not say.
    Degenerate,
    /// The field has no derivative there.
    Kink,
}

impl Kind {
    /// The kind of an equilibrium with a Jacobian. A part of an eigenvalue within `tolerance` times `scale`, or within
    /// the eigenvalue's own uncertainty, is zero; scale is the size that Jacobians of the field have.
    pub fn of(jacobian: &DMatrix<f64>, scale: f64, tolerance: f64) -> Self {
        let Ok(all) = eigen(jacobian) else { return Kind::Kink };
        let least = tolerance * scale.max(jacobian.norm());
        let zero = |part: f64, off: f64| part.abs() <= off.max(least);
        if all.iter().any(|e| zero(e.value.norm(), e.uncertainty)) {
            return Kind::Degenerate;
        }
        let still = |v: Complex<f64>, off: f64| zero(v.re, off);
        let any = |has: &dyn Fn(Complex<f64>, f64) -> bool| all.iter().any(|e| has(e.value, e.uncertainty));
        let turns = any(&|v, off| !zero(v.im, off));
        let decays = any(&|v, off| !still(v, off) && v.re < 0.0);
        let grows = any(&|v, off| !still(v, off) && v.re > 0.0);
        match (decays, grows, any(&still)) {
            (true, true, _) => Kind::Saddle,
            (_, false, true) => Kind::Centre,
            (_, true, true) => Kind::UnstableSpiral,
            (true, false, false) if turns => Kind::StableSpiral,
            (true, false, false) => Kind::StableNode,
            _ if turns => Kind::UnstableSpiral,
            _ => Kind::UnstableNode,
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Kind::StableNode => "stable node",
            Kind::StableSpiral => "stable spiral",
            Kind::Centre => "centre",
            Kind::Saddle => "saddle",
            Kind::UnstableNode => "unstable node",
            Kind::UnstableSpiral => "unstable spiral",
            Kind::Degenerate => "degenerate (0 is an eigenvalue)",
            Kind::Kink => "not differentiable",
        }
    }

    /// Draws its mark at a place of the sheet: filled where it attracts, hollow where it repels, round for nodes, square
    /// for spirals, a cross for a saddle, a ring with a dot for a centre, a rhombus where the linear part says nothing.
    pub fn mark(self, sheet: &Sheet, (x, y): At, size: f64) -> Drawn {
        let at = |dx: f64, dy: f64| (units(x + dx * size), units(y + dy * size));
        let square = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
        let rhombus = [(0.0, -1.4), (1.4, 0.0), (0.0, 1.4), (-1.4, 0.0)];
        let shape = |corners: &[At], by: f64, color: plotters::style::RGBColor| {
            let ring: Vec<(i32, i32)> = corners.iter().map(|c| at(by * c.0, by * c.1)).collect();
            sheet.draw(&Polygon::new(ring, color.filled()))
        };
        let disc = |by: f64, color: plotters::style::RGBColor| {
            sheet.draw(&Circle::new(at(0.0, 0.0), units(by * size), color.filled()))
        };
        // A rim of paper first, so that the mark stands out of whatever lies below it.
        match self {
            Kind::StableNode => [(1.35, PAPER), (1.1, INK)].into_iter().try_for_each(|(by, c)| disc(by, c)),
            Kind::UnstableNode => {
                [(1.35, PAPER), (1.1, INK), (0.75, PAPER)].into_iter().try_for_each(|(by, c)| disc(by, c))
            }
            Kind::Centre => [(1.45, PAPER), (1.2, INK), (0.9, PAPER), (0.4, INK)]
                .into_iter()
                .try_for_each(|(by, c)| disc(by, c)),
            Kind::StableSpiral => {
                [(1.25, PAPER), (1.0, INK)].into_iter().try_for_each(|(by, c)| shape(&square, by, c))
            }
            Kind::UnstableSpiral => [(1.25, PAPER), (1.0, INK), (0.65, PAPER)]
                .into_iter()
                .try_for_each(|(by, c)| shape(&square, by, c)),
            Kind::Saddle => [(PAPER, 4.6), (INK, 2.0)].into_iter().try_for_each(|(color, width)| {
                [1.0, -1.0].into_iter().try_for_each(|s| {
                    let (from, to) = ((x - size, y - s * size), (x + size, y + s * size));
                    segment(sheet, from, to, stroke(color, width))
                })
            }),
            Kind::Degenerate => [(1.25, PAPER), (1.0, INK), (0.65, PAPER)]
                .into_iter()
                .try_for_each(|(by, c)| shape(&rhombus, by, c)),
            Kind::Kink => {
                let bar = |w: f64, h: f64, color| {
                    let (w, h) = (w * size, h * size);
                    fill(
                        sheet,
                        super::super::canvas::Rect { x: x - w, y: y - h, w: 2.0 * w, h: 2.0 * h },
                        color,
                    )
                };
                [(1.4, 0.65, PAPER), (1.2, 0.4, INK)].into_iter().try_for_each(|(w, h, c)| bar(w, h, c))
            }
        }
    }
}

/// An equilibrium in the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Equilibrium {
    /// Where.
    pub at: At,
    /// What kind.
    pub kind: Kind,
    /// Its eigenvalues; none where there is no Jacobian.
    pub eigenvalues: Vec<Complex<f64>>,
}

/// Starts of the search along each side of the window.
const STARTS: usize = 11;
/// Two equilibria nearer than this share of the window are one, as far as a picture can tell.
const APART: f64 = 4e-3;
/// How far beside an equilibrium the field is looked at, in units of its size (at least 1).
const BESIDE: f64 = 1e-6;
/// More degenerate ones than this are a curve of equilibria.
pub const CURVE: usize = 6;

/// The equilibria in a window: those that the game knows, and those that Gauss-Newton steps find from a grid of starts.
pub fn equilibria(plane: &Plane, window: Window) -> Vec<Equilibrium> {
    let scale = window.grid(STARTS).filter_map(|at| Some(plane.jacobian(at)?.norm())).fold(0.0, f64::max);
    let mut all: Vec<Equilibrium> = Vec::new();
    let known = plane.game.equilibria(plane.step).iter().map(place).collect::<Vec<At>>();
    for at in known.into_iter().filter(|at| window.holds(*at)) {
        all.push(judged(plane, at, scale, 1e-10));
    }
    let apart = |a: At, b: At| {
        let (a, b) = (window.shares(a), window.shares(b));
        (a.0 - b.0).hypot(a.1 - b.1) > APART
    };
    for start in window.grid(STARTS) {
        let Some(at) = rest_from(plane, start).filter(|at| window.holds(*at)) else { continue };
        if all.iter().all(|other| apart(other.at, at)) {
            // At a degenerate point Newton's steps come only so near, and the Jacobian is that much off.
            all.push(judged(plane, at, scale, 1e-5));
        }
    }
    all
}

/// Where a search from a place ends, if that is an equilibrium.
fn rest_from(plane: &Plane, start: At) -> Option<At> {
    let hunt = Hunt { iterations: 60, ..Hunt::default() };
    let found = equilibrium(&plane.game, &point(start), &plane.draw(), &hunt, &|_, _| {}).ok()?;
    found.report.equilibrium.then(|| place(&found.at))
}

fn judged(plane: &Plane, at: At, scale: f64, tolerance: f64) -> Equilibrium {
    let Some(jacobian) = plane.jacobian(at).filter(|j| smooth(plane, at, j, scale)) else {
        return Equilibrium { at, kind: Kind::Kink, eigenvalues: Vec::new() };
    };
    let eigenvalues = crate::spectrum::eigenvalues(&jacobian).unwrap_or_default();
    Equilibrium { at, kind: Kind::of(&jacobian, scale, tolerance), eigenvalues }
}

/// Whether the field beside a place is what the Jacobian there says. At a jump of the field (a gradient penalty whose
/// slope is 0) a search may come to rest on one side of it, where there is a derivative and no equilibrium.
fn smooth(plane: &Plane, at: At, jacobian: &DMatrix<f64>, scale: f64) -> bool {
    let step = BESIDE * at.0.abs().max(at.1.abs()).max(1.0);
    let Some(v) = plane.field(at) else { return false };
    [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)].into_iter().all(|(across, up)| {
        let (across, up) = (step * across, step * up);
        plane.field((at.0 + across, at.1 + up)).is_some_and(|beside| {
            let d = jacobian[(0, 0)] * up + jacobian[(0, 1)] * across;
            let g = jacobian[(1, 0)] * up + jacobian[(1, 1)] * across;
            (beside.0 - v.0 - g).hypot(beside.1 - v.1 - d) <= 1e-2 * scale * step
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::{Analytic, Linear, Paper};
    use proptest::prelude::*;

    fn kind(m: [f64; 4]) -> Kind {
        Kind::of(&DMatrix::from_row_slice(2, 2, &m), 1.0, 1e-10)
    }

    #[test]
    fn each_kind_has_its_matrix() {
        assert_eq!(kind([-1.0, 0.5, 0.0, -2.0]), Kind::StableNode);
        assert_eq!(kind([-1.0, 1.0, 0.0, -1.0]), Kind::StableNode);
        assert_eq!(kind([-0.5, -0.5, 0.5, 0.0]), Kind::StableSpiral);
        assert_eq!(kind([0.0, -0.5, 0.5, 0.0]), Kind::Centre);
        assert_eq!(kind([1.0, 2.0, 2.0, 1.0]), Kind::Saddle);
        assert_eq!(kind([1.0, 0.0, 0.3, 2.0]), Kind::UnstableNode);
        assert_eq!(kind([0.1, -1.0, 1.0, 0.1]), Kind::UnstableSpiral);
        // The least-squares Dirac-GAN with its usual targets: nilpotent.
        assert_eq!(kind([0.0, 1.0, 0.0, 0.0]), Kind::Degenerate);
        assert_eq!(kind([1.0, -1.0, 1.0, -1.0]), Kind::Degenerate);
        assert_eq!(kind([-1.0, 0.0, 0.0, 0.0]), Kind::Degenerate);
        let hopf = DMatrix::from_row_slice(3, 3, &[0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -2.0]);
        assert_eq!(Kind::of(&hopf, 1.0, 1e-10), Kind::Centre);
    }

    proptest! {
        /// Trace and determinant name the kind of any two by two matrix that is not near a border between kinds.
        #[test]
        fn trace_and_determinant_say_the_same(m in prop::array::uniform4(-2.0f64..2.0)) {
            let (trace, det) = (m[0] + m[3], m[0] * m[3] - m[1] * m[2]);
            let bend = trace * trace - 4.0 * det;
            prop_assume!(det.abs() > 1e-3 && trace.abs() > 1e-3 && bend.abs() > 1e-3);
            let expected = match (det > 0.0, trace > 0.0, bend > 0.0) {
                (false, _, _) => Kind::Saddle,
                (true, false, true) => Kind::StableNode,
                (true, false, false) => Kind::StableSpiral,
                (true, true, true) => Kind::UnstableNode,
                (true, true, false) => Kind::UnstableSpiral,
            };
            prop_assert_eq!(kind(m), expected);
        }
    }

    #[test]
    fn a_singular_game_has_a_curve_of_equilibria_and_a_regular_one_a_single_point() {
        let window = Window { x: (-1.0, 1.0), y: (-1.0, 1.0) };
        let found = |m: [f64; 4]| {
            let game =
                Analytic::new(Paper::Linear(Linear::new(DMatrix::from_row_slice(2, 2, &m), 1)), Vec::new());
            equilibria(&Plane::of(game, 0).unwrap(), window)
        };
        let one = found([0.3, -1.0, 1.0, 0.2]);
        assert_eq!((one.len(), one[0].kind, one[0].at), (1, Kind::UnstableSpiral, (0.0, 0.0)));
        // d + g = 0.
        let curve = found([-1.0, -1.0, 1.0, 1.0]);
        assert!(curve.len() > CURVE);
        assert!(curve.iter().all(|e| e.kind == Kind::Degenerate && (e.at.0 + e.at.1).abs() < 1e-9));
    }

    /// Mescheder et al. 2018, section 3: the Dirac-WGAN-GP has no equilibrium at which its field is differentiable. On
    /// either side of psi = 0 the field vanishes at theta = +- 2 lambda, but not on the other.
    #[test]
    fn wgan_gp_has_no_equilibrium_with_a_derivative() {
        let scenario = "name = \"gp\"\n[game]\nkind = \"dirac\"\nobjective = \"wasserstein\"\n\
                        [[game.regularizer]]\nkind = \"gradient_penalty\"\nlambda = 0.1\n";
        let scenario = crate::scenario::parse(scenario, crate::scenario::Source::Text, &[]).unwrap().scenario;
        let plane = Plane::of(crate::run::paper_of(&scenario).unwrap(), 0).unwrap();
        let found = equilibria(&plane, Window { x: (-1.0, 1.0), y: (-1.0, 1.0) });
        assert!(found.iter().all(|e| e.kind == Kind::Kink), "{found:?}");
    }
}
