//! Image files: what is read from them, and every way in which they can be wrong, by its message.

mod desk;

use desk::Desk;
use flate2::Compression;
use flate2::write::GzEncoder;
use ganscope::data::{Images, Part};
use ganscope::scenario::{Color, Data, OnError, Source, load, parse};
use jpeg_encoder::{ColorType, Encoder};
use std::io::Write;
use std::path::PathBuf;

fn idx(dimensions: &[u32], numbers: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dimensions.len() as u8];
    dimensions.iter().for_each(|d| bytes.extend(d.to_be_bytes()));
    bytes.extend(numbers);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn png(color: png::ColorType, width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(color);
    encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    out
}

fn jpeg(color: ColorType, width: u16, height: u16, pixels: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Encoder::new(&mut out, 100).encode(pixels, width, height, color).unwrap();
    out
}

fn idx_data(desk: &Desk, images: &str, labels: Option<&str>) -> Data {
    Data::Idx { images: desk.path(images), labels: labels.map(|name| desk.path(name)), held_out: 0.0 }
}

fn folder(path: PathBuf, size: Option<usize>, on_error: OnError) -> Data {
    Data::Folder { folder: path, size, color: Color::Grey, on_error, held_out: 0.0 }
}

fn read(data: &Data) -> Images {
    Images::new(data).unwrap_or_else(|e| panic!("{e}")).unwrap()
}

/// Reading must fail with all of these words.
#[track_caller]
fn refused(data: &Data, words: &[&str]) {
    let message = Images::new(data).expect_err("this must be refused").to_string();
    for word in words {
        assert!(message.contains(word), "`{word}` is missing in: {message}");
    }
}

#[test]
fn idx_is_read_packed_or_not_and_labels_without_gaps() {
    let desk = Desk::new();
    let images = idx(&[3, 2, 2], &[0, 255, 51, 204, 1, 2, 3, 4, 255, 255, 255, 255]);
    desk.put("i", &images).put("i.gz", gzip(&images)).put("l.gz", gzip(&idx(&[3], &[9, 4, 9])));
    for name in ["i", "i.gz"] {
        let set = read(&idx_data(&desk, name, Some("l.gz")));
        assert_eq!((set.shape().height, set.shape().width, set.count(Part::Training)), (2, 2, 3));
        let expected = [-1.0, 1.0, -0.6, 0.6];
        assert!(set.all(Part::Training).row(0).iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-15));
        assert_eq!(set.all_labels(Part::Training).unwrap(), [1, 0, 1]);
        assert_eq!(set.class_name(1).unwrap(), "9");
        assert_eq!(read(&idx_data(&desk, name, None)).classes(), None);
    }
}

#[test]
fn every_fault_of_idx_files_is_named() {
    let desk = Desk::new();
    let good = idx(&[3, 2, 2], &[7; 12]);
    let packed = gzip(&good);
    let mut damaged = packed.clone();
    let last = damaged.len() - 1;
    damaged[last - 5] ^= 0xff;
    desk.put("good", &good).put("labels", idx(&[3], &[0, 1, 2])).put("two", idx(&[2], &[0, 1]));
    let cases: [(&str, Vec<u8>, &[&str]); 12] = [
        ("short", good[..20].to_vec(), &["3 images of 2 x 2", "ends after 20 bytes", "fetch the file again"]),
        ("long", [&good[..], &[0]].concat(), &["3 images of 2 x 2", "goes on after those 28 bytes"]),
        ("header", good[..9].to_vec(), &["16 bytes of header", "ends after 9 bytes"]),
        ("empty", Vec::new(), &["16 bytes of header", "ends after 0 bytes"]),
        ("foreign", b"P5 2 2 255 abcdefgh".to_vec(), &["[50, 35, 20, 32]", "no IDX file", "idx3-ubyte"]),
        ("floats", [&[0, 0, 13, 3], &good[4..]].concat(), &["no unsigned bytes"]),
        ("reversed", idx(&[3], &[1, 2, 3]), &["these are labels"]),
        ("none", idx(&[0, 28, 28], &[]), &["0 images of 28 x 28"]),
        ("flat", idx(&[3, 0, 28], &[]), &["3 images of 0 x 28"]),
        ("cut.gz", packed[..packed.len() - 9].to_vec(), &["gzip data are cut off"]),
        ("half.gz", packed[..12].to_vec(), &["gzip data are cut off"]),
        ("damaged.gz", damaged, &["gzip data are damaged"]),
    ];
    for (name, bytes, words) in cases {
        desk.put(name, bytes);
        refused(&idx_data(&desk, name, None), &[words, &[name][..]].concat());
    }
    refused(&idx_data(&desk, "good", Some("two")), &["two holds 2 labels for the 3 images of", "good"]);
    refused(&idx_data(&desk, "good", Some("good")), &["these are images"]);
    refused(&idx_data(&desk, "missing", None), &["missing", "scenario's own folder"]);
    refused(&idx_data(&desk, "good", Some("missing")), &["missing", "scenario's own folder"]);
    refused(&idx_data(&desk, ".", None), &["is not a file"]);
}

#[test]
fn cifar_holds_its_own_test_batch_out() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("c")).unwrap();
    let data = Data::Cifar10 { folder: desk.path("c"), held_out: 0.5 };
    let record = |label: u8, red: u8| [&[label][..], &[red; 1024], &[0; 2048]].concat();
    refused(&data, &["data_batch_1.bin", "cifar-10-batches-bin"]);
    for batch in 1..=5 {
        desk.put(&format!("c/data_batch_{batch}.bin"), [record(0, 10 * batch), record(3, 255)].concat());
    }
    let without = read(&data);
    assert_eq!((without.count(Part::Training), without.count(Part::HeldOut)), (4, 6));
    desk.put("c/test_batch.bin", record(3, 0));
    let set = read(&data);
    assert_eq!((set.shape().channels, set.count(Part::Training), set.count(Part::HeldOut)), (3, 10, 1));
    assert_eq!(set.all_labels(Part::HeldOut).unwrap(), [1]);
    assert_eq!(set.class_name(1).unwrap(), "cat");
    assert_eq!(set.all(Part::Training).row(1)[1023..1025], [1.0, -1.0]);
    desk.put("c/data_batch_2.bin", record(10, 0));
    refused(&data, &["data_batch_2.bin", "record 1 has label 10", "CIFAR-100"]);
    desk.put("c/data_batch_2.bin", &record(1, 0)[..3000]);
    refused(&data, &["data_batch_2.bin", "3073 bytes", "has 3000"]);
}

/// A folder of two classes, four readable images of 4 x 4 and 6 x 4 pixels.
fn pictures() -> Desk {
    let desk = Desk::new();
    for class in ["f", "f/b", "f/a", "f/nothing"] {
        std::fs::create_dir(desk.path(class)).unwrap();
    }
    let rgb: Vec<u8> = [255, 0, 0].repeat(16);
    desk.put("f/b/2.png", png(png::ColorType::Rgb, 4, 4, &rgb))
        .put("f/b/1.PNG", png(png::ColorType::GrayscaleAlpha, 4, 4, &[100, 51].repeat(16)))
        .put("f/a/wide.jpeg", jpeg(ColorType::Luma, 6, 4, &[200; 24]))
        .put("f/a/colour.jpg", jpeg(ColorType::Rgb, 4, 4, &[10, 200, 30].repeat(16)))
        .put("f/a/notes.txt", "no image")
        .put("f/a/.hidden.png", "no image");
    desk
}

#[test]
fn folders_are_read_in_the_order_of_names_and_subfolders_are_classes() {
    let desk = pictures();
    let set = read(&folder(desk.path("f"), Some(2), OnError::Refuse));
    assert_eq!((set.shape().channels, set.shape().height, set.classes()), (1, 2, Some(2)));
    assert_eq!(set.all_labels(Part::Training).unwrap(), [0, 0, 1, 1]);
    assert_eq!((set.class_name(0).unwrap(), set.class_name(1).unwrap()), ("a".into(), "b".into()));
    // Colour to grey by Rec. 601: 2.99 + 117.4 + 3.42 = 123.81 (JPEG rounds), grey of 200, a fifth of
    // 100 before white, red.
    let means: Vec<f64> =
        set.all(Part::Training).rows().map(|row| (row.iter().sum::<f64>() / 4.0 + 1.0) * 127.5).collect();
    for (mean, expected) in means.iter().zip([124.0, 200.0, 224.0, 76.0]) {
        assert!((mean - expected).abs() <= 1.5, "{means:?}");
    }
    let Data::Folder { folder: path, size, on_error, held_out, .. } =
        folder(desk.path("f/b"), None, OnError::Refuse)
    else {
        unreachable!()
    };
    let colour = read(&Data::Folder { folder: path, size, color: Color::Rgb, on_error, held_out });
    assert_eq!((colour.shape().channels, colour.shape().width, colour.classes()), (3, 4, None));
    let red = colour.all(Part::Training);
    assert_eq!((red.row(1)[0], red.row(1)[15], red.row(1)[16]), (1.0, 1.0, -1.0));
}

/// EXIF data that hold the orientation alone, in either order of bytes.
fn exif(orientation: u16, little: bool) -> Vec<u8> {
    let short = |x: u16| if little { x.to_le_bytes() } else { x.to_be_bytes() };
    let long = |x: u32| if little { x.to_le_bytes() } else { x.to_be_bytes() };
    let start = [if little { &b"II"[..] } else { b"MM" }, &short(42), &long(8), &short(1)].concat();
    let entry = [&short(0x112)[..], &short(3), &long(1), &short(orientation), &[0, 0]].concat();
    [b"Exif\0\0", &start[..], &entry, &long(0)].concat()
}

/// Dark above, light below, 16 x 8 pixels as stored: where the dark half is seen tells the orientation but for mirrors.
#[test]
fn a_camera_that_was_turned_gives_an_upright_image() {
    let stored: Vec<u8> = [[20; 64], [220; 64]].concat();
    let photo = |exif: &[u8]| {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out, 100);
        encoder.add_app_segment(1, exif.to_vec()).unwrap();
        encoder.encode(&stored, 16, 8, ColorType::Luma).unwrap();
        out
    };
    let desk = Desk::new();
    std::fs::create_dir(desk.path("f")).unwrap();
    // The first pixel, and the last of the first row.
    let seen = |exif: &[u8]| {
        desk.put("f/photo.jpg", photo(exif));
        let set = read(&folder(desk.path("f"), None, OnError::Refuse));
        let (shape, all) = (set.shape(), set.all(Part::Training));
        let dark = |at: usize| all.row(0)[at] < 0.0;
        (shape.width, shape.height, dark(0), dark(shape.width - 1))
    };
    for little in [true, false] {
        for (value, want) in (1..).zip([
            (16, 8, true, true),
            (16, 8, true, true),
            (16, 8, false, false),
            (16, 8, false, false),
            (8, 16, true, false),
            (8, 16, false, true),
            (8, 16, false, true),
            (8, 16, true, false),
        ]) {
            assert_eq!(seen(&exif(value, little)), want, "orientation {value}");
        }
        // What no camera writes, or what is cut off, turns nothing.
        assert_eq!(seen(&exif(9, little)), (16, 8, true, true));
        assert_eq!(seen(&exif(6, little)[..20]), (16, 8, true, true));
    }
}

#[test]
fn transparent_pixels_are_seen_before_white() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("f")).unwrap();
    let pixels = [[200, 100, 0, 0], [200, 100, 0, 255], [200, 100, 0, 51], [0, 0, 0, 1]].concat();
    desk.put("f/glass.png", png(png::ColorType::Rgba, 4, 1, &pixels));
    let data = Data::Folder {
        folder: desk.path("f"),
        size: None,
        color: Color::Rgb,
        on_error: OnError::Refuse,
        held_out: 0.0,
    };
    let all = read(&data).all(Part::Training);
    let bytes: Vec<f64> = all.row(0).iter().map(|x| (255.0 * (x + 1.0) / 2.0).round()).collect();
    assert_eq!(bytes, [255.0, 200.0, 244.0, 254.0, 255.0, 100.0, 224.0, 254.0, 255.0, 0.0, 204.0, 254.0]);
}

#[test]
fn what_is_wrong_in_a_folder_is_named_and_can_be_skipped() {
    let whole = jpeg(ColorType::Rgb, 32, 32, &(0..3072).map(|i| (i * 7 % 251) as u8).collect::<Vec<_>>());
    let colours = png(png::ColorType::Rgb, 4, 4, &(0..48).collect::<Vec<u8>>());
    let mut flipped = colours.clone();
    flipped[45] ^= 0x55;
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("cmyk.jpg", jpeg(ColorType::Cmyk, 4, 4, &[90; 64]), "is a CMYK JPEG"),
        ("ycck.jpg", jpeg(ColorType::CmykAsYcck, 4, 4, &[90; 64]), "is a CMYK JPEG"),
        ("cut.jpg", whole[..whole.len() - 40].to_vec(), "is cut off"),
        ("head.jpg", whole[..30].to_vec(), "is damaged"),
        ("cut.png", colours[..colours.len() - 20].to_vec(), "is damaged"),
        ("flipped.png", flipped, "is damaged"),
        ("empty.png", Vec::new(), "is empty"),
        ("text.jpg", b"this is text".to_vec(), "is neither a PNG nor a JPEG"),
    ];
    for (name, bytes, word) in cases {
        let desk = pictures();
        desk.put(&format!("f/a/{name}"), bytes);
        refused(&folder(desk.path("f"), Some(4), OnError::Refuse), &[name, word, "on_error = \"skip\""]);
        desk.put("f/b/zz.png", b"no image");
        refused(
            &folder(desk.path("f"), Some(4), OnError::Refuse),
            &[name, word, "another file cannot be read"],
        );
        std::fs::remove_file(desk.path("f/b/zz.png")).unwrap();
        let set = read(&folder(desk.path("f"), Some(4), OnError::Skip));
        assert_eq!(set.count(Part::Training), 4);
        assert_eq!(set.skipped().len(), 1);
        assert!(set.skipped()[0].path.ends_with(name) && set.skipped()[0].why.contains(word));
    }
}

#[test]
fn folders_that_make_no_set_are_refused() {
    let desk = pictures();
    let refuse = OnError::Refuse;
    refused(
        &folder(desk.path("f"), None, refuse),
        &["wide.jpeg has 6 x 4", "colour.jpg has 4 x 4", "data.size"],
    );
    refused(&folder(desk.path("f/nothing"), None, refuse), &["nothing holds no image", "PNG or JPEG"]);
    refused(&folder(desk.path("f/a/notes.txt"), None, refuse), &["not a folder"]);
    refused(&folder(desk.path("no"), None, refuse), &["no", "scenario's own folder"]);
    desk.put("f/loose.png", png(png::ColorType::Grayscale, 1, 1, &[0]));
    refused(&folder(desk.path("f"), None, refuse), &["beside them", "loose.png", "subfolder"]);
    desk.put("f/nothing/bad.png", "x");
    refused(&folder(desk.path("f/nothing"), None, OnError::Skip), &["holds no image that can be read"]);
    std::fs::remove_file(desk.path("f/nothing/bad.png")).unwrap();
    // Grey, but without subfolders there are no labels to stack by.
    std::fs::remove_file(desk.path("f/loose.png")).unwrap();
    let source = Box::new(folder(desk.path("f/b"), None, refuse));
    refused(&Data::Stacked { source }, &["has no labels"]);
    let many: Vec<u8> = (0..41).collect();
    desk.put("i", idx(&[41, 1, 1], &[0; 41])).put("l", idx(&[41], &many));
    refused(
        &Data::Stacked { source: Box::new(idx_data(&desk, "i", Some("l"))) },
        &["41^3 modes", "at most 40"],
    );
}

const GAME: &str = r#"
[game]
kind = "gan"
objective = "non_saturating"
generator = { latent = 4, hidden = [16] }
discriminator = { hidden = [16] }

[train]
steps = 20
batch = 16

[record]
every = 10
samples = 50
"#;

#[track_caller]
fn scenario_refused(data: &str, words: &[&str]) {
    let text = format!("name = \"x\"\ndata = {{ {data} }}\n{GAME}");
    let message = parse(&text, Source::Text, &[]).expect_err("this must be refused").to_string();
    for word in words {
        assert!(message.contains(word), "`{word}` is missing in: {message}");
    }
}

#[test]
fn scenarios_are_held_to_what_their_images_can_be() {
    let desk = Desk::new();
    // A header that claims 16 TiB of pixels: refused before anything of that size is asked for.
    desk.put("huge.gz", gzip(&idx(&[1 << 24, 1024, 1024], &[])));
    let huge = format!("kind = \"idx\", images = {:?}", desk.path("huge.gz"));
    scenario_refused(&huge, &["needs about", "are free", "`data.images`"]);
    scenario_refused(
        "kind = \"idx\", images = \"no-such-file\"",
        &["x:2:", "no-such-file"].map(|w| if w == "x:2:" { "scenario:2:" } else { w }),
    );
    scenario_refused("kind = \"digits\", held_out = 1.0", &["`data.held_out`", "below 1"]);
    scenario_refused("kind = \"shapes\", size = 8, support = 641", &["`data.support`", "from 1 to 640"]);
    scenario_refused("kind = \"shapes\", size = 4", &["`data.size`", "from 5"]);
    scenario_refused("kind = \"stacked\", source = { kind = \"ring\" }", &["`data.source`", "labelled grey"]);
    scenario_refused(
        "kind = \"stacked\", source = { kind = \"folder\", folder = \"f\" }",
        &["`data.source`", "grey"],
    );
    scenario_refused("kind = \"stacked\", source = { kind = \"idx\", images = \"i\" }", &["`labels`"]);
    scenario_refused("kind = \"digits\", size = 8", &["unknown key `size`"]);
}

#[test]
fn a_gan_trains_on_images_and_a_relative_path_starts_at_the_scenario() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("s")).unwrap();
    let pixels: Vec<u8> = (0..10 * 16).collect();
    desk.put("s/i.gz", gzip(&idx(&[10, 4, 4], &pixels)));
    desk.put("s/idx.toml", format!("name = \"idx\"\ndata = {{ kind = \"idx\", images = \"i.gz\" }}\n{GAME}"));
    desk.put("digits.toml", format!("name = \"digits\"\ndata = {{ kind = \"digits\" }}\n{GAME}"));
    desk.put("stacked.toml", format!("name = \"stacked\"\ndata = {{ kind = \"stacked\" }}\n{GAME}"));
    // A damaged file of a folder is told, and left out.
    std::fs::create_dir(desk.path("f")).unwrap();
    desk.put("f/a.png", png(png::ColorType::Grayscale, 2, 2, &[0, 1, 2, 3])).put("f/b.png", "x");
    let data = "kind = \"folder\", folder = \"f\", color = \"grey\", on_error = \"skip\"";
    desk.put("folder.toml", format!("name = \"f\"\ndata = {{ {data} }}\n{GAME}"));
    desk.train("folder.toml", "rf", &[]).complains(&["left out", "b.png", "neither a PNG nor a JPEG"]);
    for (file, dim) in [("s/idx.toml", 16), ("digits.toml", 64), ("stacked.toml", 192)] {
        let checked = desk.run(&["check", file]).ends(0);
        assert!(checked.out.contains(&format!("{dim}-dimensional")), "{}", checked.out);
        desk.train(file, "r", &["--force"]);
        assert!(desk.text("r/metrics.csv").lines().count() >= 3);
        // What a run did runs again from its own copy.
        let resolved = load(desk.path("r/scenario.toml").to_str().unwrap(), &[], None).unwrap();
        assert_eq!(resolved.estimate.dim, dim);
    }
}
