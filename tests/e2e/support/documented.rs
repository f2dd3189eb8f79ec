//! The table of `docs/events.md`.

use std::sync::LazyLock;

/// A row: an event as it is documented.
pub struct Documented {
    pub name: String,
    pub level: String,
    /// Names, and whether the event may lack the field.
    pub fields: Vec<(String, bool)>,
}

static TABLE: LazyLock<Vec<Documented>> = LazyLock::new(|| {
    let text = include_str!("../../../docs/events.md");
    let rows = text.lines().skip_while(|line| !line.starts_with("| event |")).skip(2);
    rows.take_while(|line| line.starts_with('|')).map(row).collect()
});

pub fn events() -> &'static [Documented] {
    &TABLE
}

#[track_caller]
pub fn event(name: &str) -> &'static Documented {
    let found = TABLE.iter().find(|event| event.name == name);
    found.unwrap_or_else(|| panic!("`{name}` is not in docs/events.md"))
}

fn row(line: &str) -> Documented {
    let mut cells = line.split('|').map(str::trim).skip(1);
    let mut cell = || cells.next().expect("four cells");
    let (name, level, fields) = (cell(), cell(), cell());
    let field = |text: &str| {
        let text = text.trim_matches('`');
        (text.trim_end_matches('?').to_owned(), text.ends_with('?'))
    };
    Documented {
        name: name.trim_matches('`').to_owned(),
        level: level.to_owned(),
        fields: fields.split(' ').map(field).collect(),
    }
}
