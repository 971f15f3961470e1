//! The program itself: what it prints, how it ends, and that it writes nothing where the input is wrong.

mod desk;

use desk::{Desk, contents};

const GOOD: &str = r#"name = "x"
data = { kind = "ring" }

[game]
kind = "gan"
objective = "minimax"
generator = { latent = 2, hidden = [8] }
discriminator = { hidden = [8] }
"#;

impl Desk {
    /// Every command that reads scenarios must refuse this one: code 2, these words, and nothing written.
    #[track_caller]
    fn refuses(&self, scenario: &str, more: &[&str], words: &[&str]) {
        let before = contents(self.root());
        for command in ["run", "check", "test"] {
            let said = self.run(&[&[command, scenario], more].concat());
            assert_eq!(said.code, Some(2), "{command} {scenario}: {}{}", said.out, said.err);
            for word in words {
                assert!(said.err.contains(word), "{command}: `{word}` is missing in: {}", said.err);
            }
            assert!(!said.err.contains("panicked"), "{}", said.err);
            assert_eq!(contents(self.root()), before, "{command} wrote something");
        }
    }
}

#[test]
fn bad_scenarios_are_refused_with_their_place() {
    let desk = Desk::new();
    let cases = [
        (
            "[dynamics]\noptimiser = 1",
            "bad.toml:10:1: unknown key `optimiser` in `dynamics`; did you mean `optimizer`?",
        ),
        ("[train]\nbatch = \"many\"", "bad.toml:10:9: expected a whole number"),
        ("[train]\nbatch = -1", "bad.toml:10:9: `train.batch` cannot be negative"),
        ("[train]\nbatch = 4000000000000", "bad.toml:10:9: needs about"),
        ("[train]\ndivergence_bound = nan", "bad.toml:10:20: `train.divergence_bound` is not a number"),
        ("[train]\ndivergence_bound = inf", "bad.toml:10:20: `train.divergence_bound` is infinite"),
        ("[[game.regularizer]]\nkind = \"r4\"\ngamma = 1", "bad.toml:10:8: unknown kind `r4`"),
        ("[train\nsteps = 3", "bad.toml:9:"),
        ("[train]\nsteps = ", "bad.toml:10:"),
        ("[expect]\n\"final.loss\" = \"about 3\"", "bad.toml:10:16: `expect.final.loss`"),
    ];
    for (more, words) in cases {
        desk.put("bad.toml", format!("{GOOD}{more}\n")).refuses("bad.toml", &[], &[words]);
    }
}

#[test]
fn what_is_no_scenario_is_refused() {
    let desk = Desk::new();
    desk.put("empty.toml", "").refuses(
        "empty.toml",
        &[],
        &["empty.toml:1:1: the file is empty", "ganscope new"],
    );
    desk.put("binary", [0x7f, b'E', 0xff, 0xfe]).refuses("binary", &[], &["binary:1:3: not a text in UTF-8"]);
    desk.put("null", "name\0").refuses("null", &[], &["null:1:5: a null byte"]);
    desk.put("cut.toml", &GOOD[..GOOD.len() - 4]).refuses("cut.toml", &[], &["cut.toml:8:", "cut short"]);
    desk.refuses("nowhere.toml", &[], &["nowhere.toml: no such file"]);
    desk.refuses("quikstart", &[], &["did you mean the shipped scenario `quickstart`?"]);
    std::fs::create_dir(desk.path("results")).unwrap();
    desk.refuses("results", &[], &["results: is a folder"]);
}

#[test]
fn bad_flags_are_refused() {
    let desk = Desk::new();
    desk.refuses(
        "quickstart",
        &["--set", "train.batch=no"],
        &["--set train.batch=no: expected a whole number"],
    );
    desk.refuses("quickstart", &["--set", "train.batch"], &["expected KEY=VALUE"]);
    desk.refuses("quickstart", &["--seed", "-1"], &["'-1'"]);
    desk.refuses("quickstart", &["--seed", "18446744073709551615"], &["does not fit"]);
    for args in [["--device", "gpu"], ["--kernels", "fast"], ["--threads", "0"]] {
        let said = desk.run(&["run", "quickstart", args[0], args[1]]);
        assert_eq!(said.code, Some(2), "{}", said.err);
    }
    #[cfg(not(feature = "cuda"))]
    {
        let said = desk.run(&["run", "quickstart", "--device", "cuda:0"]);
        assert_eq!(said.code, Some(2));
        assert!(said.err.contains("--features cuda"), "{}", said.err);
    }
    assert_eq!(contents(desk.root()).len(), 0);
}

#[test]
fn a_csv_that_cannot_be_used_is_refused_at_its_key() {
    let desk = Desk::new();
    let points =
        GOOD.replace("{ kind = \"ring\" }", "{ kind = \"points\", file = \"p.csv\", label = \"mode\" }");
    desk.put("p.toml", points).refuses("p.toml", &[], &["p.toml:2:", "no such file"]);
    desk.put("p.csv", "").refuses("p.toml", &[], &["p.toml:2:", "the file is empty"]);
    desk.put("p.csv", "x,y,modes\n1,2,a\n").refuses("p.toml", &[], &["did you mean `modes`?"]);
    for (rows, words) in [
        ("x,y,mode\n1,2,a\n3,4\n", ["p.csv, line 3: 2 columns where the first row has 3", "same columns"]),
        ("x,y,mode\n1,2,a\n3,four,b\n", ["p.csv, line 3, column 2: \"four\" is not", "number"]),
        ("x,y,mode\n1,2,a\n3,NaN,b\n", ["p.csv, line 3, column 2: \"NaN\" is not", "finite"]),
        ("x,y,mode\n", ["p.csv holds no points", "one row"]),
        ("mode\na\n", ["p.csv: has no column besides the label", "at least one coordinate"]),
    ] {
        desk.put("p.csv", rows).refuses("p.toml", &[], &words);
    }
    desk.put("p.csv", "x,y,mode\n1,2,a\n");
    assert_eq!(desk.run(&["check", "p.toml"]).code, Some(0));
}

#[test]
fn folders_that_hold_no_run_are_refused() {
    let desk = Desk::new();
    for args in [vec!["plot", "nowhere"], vec!["compare", "a", "b"], vec!["cite", "."]] {
        let said = desk.run(&args);
        assert_eq!(said.code, Some(2), "{args:?}: {}", said.err);
    }
    assert_eq!(desk.run(&["compare", "a"]).code, Some(2));
    assert_eq!(contents(desk.root()).len(), 0);
}

#[test]
fn list_and_run_without_a_name_show_the_scenarios() {
    let desk = Desk::new();
    let (list, run) = (desk.run(&["list"]), desk.run(&["run"]));
    assert_eq!((list.code, run.code), (Some(0), Some(0)));
    assert_eq!(list.out, run.out);
    assert!(list.out.contains("First steps\n  quickstart"), "{}", list.out);
}

#[test]
fn show_prints_a_file_that_checks() {
    let desk = Desk::new();
    let shown = desk.run(&["show", "ring8-regularized"]);
    assert!(shown.out.starts_with("# The experiment"));
    desk.put("mine.toml", shown.out);
    let checked = desk.run(&["check", "mine.toml"]);
    assert_eq!(checked.code, Some(0), "{}", checked.err);
    assert!(checked.out.contains("generator      49666 parameters"), "{}", checked.out);
}

#[test]
fn new_writes_a_scenario_once() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["new", "first.toml"]).code, Some(0));
    assert_eq!(desk.run(&["check", "first.toml"]).code, Some(0));
    desk.put("first.toml", "mine");
    let again = desk.run(&["new", "first.toml"]);
    assert_eq!(again.code, Some(2));
    assert!(again.err.contains("--force"), "{}", again.err);
    assert_eq!(std::fs::read(desk.path("first.toml")).unwrap(), b"mine");
    assert_eq!(desk.run(&["new", "first.toml", "--force"]).code, Some(0));
    assert_eq!(desk.run(&["new", "first.toml/inside.toml"]).code, Some(2));
}

#[test]
fn test_wants_an_expectation_before_it_trains() {
    let desk = Desk::new();
    let said = desk.put("x.toml", GOOD).run(&["test", "x.toml"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("no [expect] table"), "{}", said.err);
    let said = desk.run(&["test", "ring8-regularized", "--junit", "no/folder/r.xml"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("cannot write no/folder/r.xml"), "{}", said.err);
}

#[test]
fn schema_completions_and_citations_are_printed() {
    let desk = Desk::new();
    let schema = desk.run(&["schema"]).out;
    assert!(serde_json::from_str::<serde_json::Value>(&schema).unwrap().get("properties").is_some());
    assert!(desk.run(&["completions", "bash"]).out.contains("ganscope"));
    assert!(desk.run(&["cite", "ring8-regularized"]).out.contains("locally stable"));
}

#[test]
fn a_closed_pipe_is_no_crash() {
    for args in [vec!["schema"], vec!["list"], vec!["completions", "zsh"], vec!["--help"]] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ganscope"));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let done = command.args(&args).stdout(writer).stderr(std::process::Stdio::piped()).output().unwrap();
        let err = String::from_utf8_lossy(&done.stderr);
        assert_eq!((done.status.code(), err.as_ref()), (Some(0), ""), "{args:?}");
    }
}
