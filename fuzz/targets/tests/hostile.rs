use wardline::{Binding, Engine, Kind, Section};
#[test]
fn size() {
    for b in [&*wardline_fuzz_targets::specimen::LINUX, &*wardline_fuzz_targets::specimen::WINDOWS]
    {
        let e = Engine::load(b, &Binding { target: Some(&[]), ..Default::default() }).unwrap();
        println!("{}", b.len());
        for s in Section::ALL {
            let n = e.section(*s, None).len()
                + Kind::ALL.iter().map(|k| e.section(*s, Some(*k)).len()).sum::<usize>();
            println!("{s} {n}");
        }
    }
}
