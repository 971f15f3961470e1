//! The field along a line (Berard et al. 2020) in two games on paper: one only turns, the other only attracts.

use ganscope::game::{Draw, Explicit, Game, Joint, Linearized, Player};
use ganscope::spectrum::{alphas, path};
use nalgebra::{DMatrix, Matrix2, Vector2};
use std::convert::Infallible;

/// v = J theta with J = [[a, s], [-s, b]]: its own curvature for each player and an interaction.
struct Linear {
    j: Matrix2<f64>,
}

impl Game<f64> for Linear {
    type Batch = ();
    type Error = Infallible;

    fn sizes(&self) -> [usize; 2] {
        [1, 1]
    }

    fn draw(&self, _: Draw) {}

    fn losses(&self, at: &Joint<f64>, (): &()) -> Result<[f64; 2], Infallible> {
        let (d, g) = (at.d[0], at.g[0]);
        let own = |k: usize, x: f64| -0.5 * self.j[(k, k)] * x * x;
        Ok([own(0, d) - self.j[(0, 1)] * d * g, own(1, g) - self.j[(1, 0)] * d * g])
    }

    fn velocity(&self, player: Player, at: &Joint<f64>, (): &(), out: &mut [f64]) -> Result<(), Infallible> {
        let v = self.j * Vector2::new(at.d[0], at.g[0]);
        out[0] = v[usize::from(player == Player::Generator)];
        Ok(())
    }

    fn gradient(&self, of: Player, at: &Joint<f64>, (): &()) -> Result<Joint<f64>, Infallible> {
        let (d, g) = (at.d[0], at.g[0]);
        let k = usize::from(of == Player::Generator);
        let mut out = Joint { d: vec![-self.j[(k, 1 - k)] * g], g: vec![-self.j[(k, 1 - k)] * d] };
        out[of][0] -= self.j[(k, k)] * if k == 0 { d } else { g };
        Ok(out)
    }

    fn linearize<'a>(
        &'a self,
        _: &'a Joint<f64>,
        (): &'a (),
    ) -> Result<Box<dyn Linearized<f64, Infallible> + 'a>, Infallible> {
        let matrix = DMatrix::from_row_slice(2, 2, self.j.transpose().as_slice());
        Ok(Box::new(Explicit { matrix, sizes: [1, 1] }))
    }
}

fn near(found: &[Option<f64>], want: impl Fn(f64) -> f64, at: &[f64]) {
    assert_eq!(found.len(), at.len());
    for (alpha, found) in at.iter().zip(found) {
        let (found, want) = (found.expect("the field vanishes nowhere here"), want(*alpha));
        assert!((found - want).abs() < 1e-12, "at {alpha}: {found} is not {want}");
    }
}

/// The bilinear game from (1, 0) past its equilibrium at a distance of e: v = s (g, -d) is orthogonal to theta, so
/// with theta(alpha) = (1 - alpha, alpha e) the norm is s |theta| and the cosine e / |theta| / |line| has its bump.
#[test]
fn rotation_is_a_bump() {
    let (s, e) = (1.7, 0.05);
    let game = Linear { j: Matrix2::new(0.0, s, -s, 0.0) };
    let (from, to) = (Joint { d: vec![1.0], g: vec![0.0] }, Joint { d: vec![0.0], g: vec![e] });
    let at = alphas(-0.1, 1.3, 60);
    assert!(at.len() == 60 && at[0] == -0.1 && (at[59] - 1.3).abs() < 1e-15);
    let Ok(found) = path(&game, &from, &to, &(), &at);
    let size = |a: f64| (1.0 - a).hypot(a * e);
    near(&found.both.norms, |a| s * size(a), &at);
    // <(-1, e), (alpha e, -(1 - alpha))> = -e wherever on the line.
    near(&found.both.angles, |a| -e / size(a) / 1f64.hypot(e), &at);
    let steepest = at.iter().zip(&found.both.angles).min_by(|a, b| a.1.partial_cmp(b.1).expect("finite"));
    assert!(steepest.is_some_and(|(alpha, _)| (alpha - 1.0).abs() < 0.03));
    assert!(found.both.switches(&at).is_empty());
    near(&found.discriminator.norms, |a| (s * a * e).abs(), &at);
    near(&found.generator.norms, |a| (s * (1.0 - a)).abs(), &at);
    assert!((found.distance - 1f64.hypot(e)).abs() < 1e-15);
}

/// A potential game with curvatures 1 and 1 into its equilibrium: +1 before it, -1 beyond it, undefined at it.
#[test]
fn attraction_is_a_switch_of_sign() {
    let game = Linear { j: -Matrix2::identity() };
    let (from, to) = (Joint { d: vec![3.0], g: vec![-4.0] }, Joint { d: vec![0.0], g: vec![0.0] });
    let at = [-0.1, 0.0, 0.5, 0.9, 1.1, 1.3];
    let Ok(found) = path(&game, &from, &to, &(), &at);
    for along in [&found.both, &found.discriminator, &found.generator] {
        near(&along.angles, |a| (1.0 - a).signum(), &at);
        let switches = along.switches(&at);
        assert!(switches.len() == 1 && (switches[0] - 1.0).abs() < 1e-9);
    }
    near(&found.both.norms, |a| 5.0 * (1.0 - a).abs(), &at);
    let Ok(there) = path(&game, &from, &to, &(), &[1.0]);
    assert_eq!((there.both.norms[0], there.both.angles[0]), (Some(0.0), None));
    let Ok(nowhere) = path(&game, &to, &to, &(), &[0.5]);
    assert_eq!(nowhere.both.angles, [None]);
    let text = serde_json::to_string(&there).expect("plain data");
    assert_eq!(serde_json::from_str::<ganscope::spectrum::Path>(&text).expect("the same"), there);
}

/// Unequal curvatures: the cosine is that of J applied to the line.
#[test]
fn attraction_with_rotation_is_both() {
    let j = Matrix2::new(-1.0, 2.0, -2.0, -0.5);
    let (from, to) = (Joint { d: vec![1.0], g: vec![0.5] }, Joint { d: vec![0.0], g: vec![0.0] });
    let at = [0.0, 0.7, 1.2];
    let Ok(found) = path(&Linear { j }, &from, &to, &(), &at);
    let line = Vector2::new(-1.0, -0.5);
    let v = |a: f64| j * Vector2::new(1.0, 0.5) * (1.0 - a);
    near(&found.both.angles, |a| v(a).dot(&line) / v(a).norm() / line.norm(), &at);
}
