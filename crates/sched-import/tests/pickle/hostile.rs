//! Pickles that mean harm end in an error that says what they wanted.

use sched_import::pickle::{PickleError, limit, read};

/// A name as protocol 4 writes it.
fn global(module: &str, name: &str) -> Vec<u8> {
    let mut pickle = Vec::new();
    for text in [module, name] {
        pickle.extend([0x8c, u8::try_from(text.len()).unwrap()]);
        pickle.extend(text.as_bytes());
    }
    pickle.push(0x93);
    pickle
}

fn of_protocol(version: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut pickle = vec![0x80, version];
    parts.iter().for_each(|part| pickle.extend_from_slice(part));
    pickle
}

#[test]
fn what_is_not_on_the_list_is_refused_by_its_name() {
    let names = [
        ("os", "system"),
        ("posix", "system"),
        ("nt", "system"),
        ("subprocess", "Popen"),
        ("builtins", "eval"),
        ("builtins", "exec"),
        ("builtins", "__import__"),
        ("builtins", "open"),
        ("__builtin__", "eval"),
        ("importlib", "import_module"),
        ("pickle", "loads"),
        ("marshal", "loads"),
        ("types", "FunctionType"),
        ("operator", "attrgetter"),
        ("functools", "partial"),
        ("apscheduler.util", "ref_to_obj"),
        ("apscheduler.job", "Job"),
        ("zoneinfo", "ZoneInfo.from_file"),
        ("datetime", "datetime.fromtimestamp"),
        ("datetime", "sys.modules"),
        ("", ""),
        // Case and blanks make another name.
        ("DateTime", "datetime"),
        ("datetime", "datetime "),
    ];
    for (module, name) in names {
        let call = of_protocol(4, &[&global(module, name), b"\x8c\x02id\x85R."]);
        let line = format!("c{module}\n{name}\n)R.");
        for pickle in [call, of_protocol(2, &[line.as_bytes()])] {
            let refused = read(&pickle).unwrap_err();
            assert_eq!(refused, PickleError::Forbidden { name: format!("{module}.{name}") });
        }
    }
}

#[test]
fn a_name_is_refused_wherever_it_stands() {
    let system = global("os", "system");
    let fault = PickleError::Forbidden { name: "os.system".to_owned() };
    let timedelta = global("datetime", "timedelta");
    let places: [Vec<u8>; 5] = [
        // In a list, never called.
        of_protocol(4, &[b"]", &system, b"a."]),
        // As an argument, a key, a state.
        of_protocol(4, &[&timedelta, &system, b"\x85R."]),
        of_protocol(4, &[b"}", &system, b"Ns."]),
        of_protocol(4, &[&timedelta, b")R", &system, b"b."]),
        // Behind a mark, so that nothing would use it.
        of_protocol(4, &[b"(", &system, b"t."]),
    ];
    for pickle in places {
        assert_eq!(read(&pickle).unwrap_err(), fault);
    }
}

#[test]
fn what_is_on_the_list_is_called_in_no_other_way() {
    let getattr = global("builtins", "getattr");
    let zone = global("zoneinfo", "ZoneInfo");
    let encode = global("_codecs", "encode");
    let cases: [(Vec<u8>, &str); 6] = [
        (of_protocol(4, &[&getattr, &zone, b"\x8c\x09from_file\x86R."]), "builtins.getattr"),
        (of_protocol(4, &[&getattr, &getattr, b"\x8c\x08__self__\x86R."]), "builtins.getattr"),
        (of_protocol(4, &[&getattr, b"\x8c\x02os\x8c\x06system\x86R."]), "builtins.getattr"),
        (of_protocol(4, &[&encode, b"\x8c\x01x\x8c\x05rot13\x86R."]), "_codecs.encode"),
        // A character that latin-1 does not have.
        (of_protocol(4, &[&encode, b"\x8c\x03\xe2\x82\xac\x8c\x06latin1\x86R."]), "_codecs.encode"),
        (of_protocol(4, &[&global("builtins", "set"), b"K\x01\x85R."]), "builtins.set"),
    ];
    for (pickle, name) in cases {
        assert_eq!(read(&pickle).unwrap_err(), PickleError::Call { name });
    }
}

#[test]
fn opcodes_that_no_job_needs_are_refused() {
    // Persistent ids, extensions, instances and objects by name, calls with keywords, buffers, old
    // numbers and texts, and the opcodes that only move things about.
    let codes = *b"PQioI012FLSVdlpg.";
    let more = [0x82, 0x83, 0x84, 0x92, 0x96, 0x97, 0x98, 0x00, 0xff];
    for code in codes.into_iter().chain(more).filter(|code| *code != b'.') {
        let pickle = of_protocol(4, &[b"N", &[code], b"x\nx\n."]);
        assert_eq!(read(&pickle).unwrap_err(), PickleError::Opcode { code, at: 3 });
    }
    for pickle in [&b""[..], b"N.", b"(dp0\n.", b"\x80\x01N.", b"\x80\x06N.", b"not a pickle"] {
        let refused = read(pickle).unwrap_err();
        assert!(matches!(refused, PickleError::Protocol | PickleError::Truncated { .. }));
    }
}

#[test]
fn lengths_beyond_the_end_take_no_memory() {
    let cases: [&[u8]; 7] = [
        b"\x80\x02X\xff\xff\xff\xffx",
        b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xffx",
        b"\x80\x03B\xff\xff\xff\x7fx",
        b"\x80\x04\x8e\x00\x00\x00\x00\x00\x00\x00\x80x",
        b"\x80\x02T\xff\xff\xff\xffx",
        b"\x80\x02\x8b\xff\xff\xff\x7f\x00",
        b"\x80\x04\x95\x00\x00",
    ];
    for pickle in cases {
        let refused = read(pickle).unwrap_err();
        assert_eq!(refused, PickleError::Truncated { at: pickle.len() }, "{pickle:?}");
    }
}

#[test]
fn nonsense_is_refused_where_it_stands() {
    let cases: [(&[u8], usize); 13] = [
        (b"\x80\x02.", 2),
        (b"\x80\x02a.", 2),
        (b"\x80\x02e.", 2),
        (b"\x80\x02Na.", 3),
        (b"\x80\x02]}s.", 4),
        (b"\x80\x02}(Nu.", 5),
        // What lies under a mark is not there.
        (b"\x80\x02N(\x85.", 4),
        (b"\x80\x02h\x00.", 2),
        (b"\x80\x02j\xff\xff\xff\xff.", 2),
        (b"\x80\x04K\x01K\x02\x93.", 6),
        (b"\x80\x02NNR.", 4),
        (b"\x80\x02NNb.", 4),
        (b"\x80\x02X\x01\x00\x00\x00\xff.", 2),
    ];
    for (pickle, place) in cases {
        let refused = read(pickle).unwrap_err();
        let is_there = matches!(refused, PickleError::Malformed { at, .. } if at == place);
        assert!(is_there, "{}: {refused:?}", pickle.escape_ascii());
    }
    let long = of_protocol(2, &[b"\x8a\x11", &[0; 17], b"."]);
    assert!(matches!(read(&long), Err(PickleError::Malformed { at: 2, .. })));
    // State given twice.
    let twice = of_protocol(4, &[&global("datetime", "timedelta"), b")R}b}b."]);
    assert!(matches!(read(&twice), Err(PickleError::Malformed { .. })));
}

#[test]
fn what_lies_deep_or_in_itself_ends() {
    let too_deep = PickleError::TooDeep { limit: limit::DEPTH };
    let nested = |depth: usize| of_protocol(4, &[&vec![b']'; depth], &vec![b'a'; depth - 1], b"."]);
    assert!(read(&nested(limit::DEPTH)).is_ok());
    assert_eq!(read(&nested(limit::DEPTH + 1)).unwrap_err(), too_deep);
    assert_eq!(read(&nested(limit::NODES)).unwrap_err(), too_deep);
    let tuples = of_protocol(4, &[b"N", &vec![0x85; 60_000], b"."]);
    assert_eq!(read(&tuples).unwrap_err(), too_deep);
    // A list in itself, a dict in itself, an object that is its own state.
    let circles: [&[u8]; 3] = [
        b"\x80\x04]\x94h\x00a.",
        b"\x80\x04}\x94Nh\x00s.",
        b"\x80\x02cdatetime\ntimedelta\n)Rq\x00h\x00b.",
    ];
    for pickle in circles {
        assert_eq!(read(pickle).unwrap_err(), too_deep);
    }
}

#[test]
fn what_is_shared_again_and_again_is_no_way_to_fill_memory() {
    let what_is_too_large = |pickle: &[u8]| match read(pickle) {
        Err(PickleError::TooLarge { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    // A list of ten times the list before, forty times: ten to the power of forty values.
    let mut pickle = vec![0x80, 4, b']', 0x94];
    for place in 0..40_u8 {
        pickle.extend([b']', 0x94, b'(']);
        pickle.extend([b'h', place].repeat(10));
        pickle.push(b'e');
    }
    pickle.push(b'.');
    assert_eq!(what_is_too_large(&pickle), "the bytes of its value");

    // A long text, many times.
    let text = vec![b'x'; 100_000];
    let length = u32::try_from(text.len()).unwrap().to_le_bytes();
    let places = b"h\x00".repeat(1000);
    let pickle = of_protocol(4, &[b"(X", &length, &text, b"\x94", &places, b"t."]);
    assert_eq!(what_is_too_large(&pickle), "the bytes of its value");

    // A long list of arguments, copied by many calls.
    let mut pickle = vec![0x80, 4];
    pickle.extend(global("datetime", "timedelta"));
    pickle.extend([0x94, b'(']);
    pickle.extend([b'N'; 10_000]);
    pickle.extend([b't', 0x94]);
    pickle.extend(b"h\x00h\x01R".repeat(10_000));
    pickle.push(b'.');
    assert_eq!(what_is_too_large(&pickle), "the bytes built");

    // Many small values, many places in the memo, a long pickle.
    let small = of_protocol(4, &[b"(", &b"N".repeat(limit::NODES + 1), b"t."]);
    assert_eq!(what_is_too_large(&small), "the values built");
    let memo = of_protocol(4, &[b"N", &[0x94].repeat(limit::NODES + 1), b"."]);
    assert_eq!(what_is_too_large(&memo), "the places in its memo");
    assert_eq!(what_is_too_large(&vec![0; limit::INPUT + 1]), "its bytes");

    // Many keys, each compared with those before.
    let mut keys = vec![0x80, 4, b'}', b'('];
    (0..20_000_u16).for_each(|key| {
        keys.push(b'M');
        keys.extend(key.to_le_bytes());
        keys.push(b'N');
    });
    keys.extend(*b"u.");
    assert_eq!(what_is_too_large(&keys), "the bytes of its value");
}
