//! `settings.md`, from the types that the settings are read into: their fields, types, doc comments
//! and words.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use auth_core::Config;
use quote::ToTokens;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use syn::{Attribute, Expr, Field, Fields, GenericArgument, Item, Lit, Meta, PathArguments, Type};

use crate::page::Page;

/// Where the types are.
const SOURCES: [&str; 8] = [
    "config/mod.rs",
    "config/flows.rs",
    "config/second_factor.rs",
    "config/tables.rs",
    "config/keys.rs",
    "config/values.rs",
    "store/presented.rs",
    "store/engine.rs",
];

/// What a type that is no struct and no enum of ours is called in the page.
const TYPES: [(&str, &str); 9] = [
    ("String", "text"),
    ("SecretString", "secret text"),
    ("ProxyRange", "address or range"),
    ("Duration", "duration"),
    ("KeyConfig", "key"),
    ("FactorKeyConfig", "table of `name` and `secret`"),
    ("bool", "`true` or `false`"),
    ("usize", "number"),
    ("u32", "number"),
];

#[test]
fn the_page_of_settings_is_the_type() {
    let items: HashMap<String, Item> = SOURCES.iter().flat_map(|source| items(source)).collect();
    let mut page = Page::new("Settings");
    page.paragraph(
        "The settings of the table `auth`, as the type `Config` reads them. [Configuration](../guide/configuration.md) \
         says where to write them. A duration is text with a unit, such as `\"15m\"`, `\"7d\"` or `\"1h 30m\"`.",
    );
    page.paragraph(
        "The variable `ROCKET_AUTH` sets any of them: `ROCKET_AUTH='{issuer=\"https://id.example.com\", \
         sessions={idle_timeout=\"8h\"}}'`. Five settings have a variable of their own, which the table names.",
    );
    tables(&mut page, &items, "Config", "auth");
    page.check("settings.md");
}

/// A setting that is written with the default on the page must change nothing.
#[test]
fn each_default_on_the_page_is_the_one_of_the_type() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/settings.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let (mut table, mut compared) = ("", 0);
    for line in page.lines() {
        if let Some(name) = line.strip_prefix("## `") {
            table = name.trim_end_matches('`');
        }
        let cells: Vec<&str> = line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect();
        // Other defaults are sentences.
        if let [setting, _, default, ..] = cells[..]
            && let Some(value) = default.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'))
            && !value.contains('`')
        {
            let setting = setting.trim_matches('`');
            let written = config(&format!("[{table}]\n{setting} = {value}"));
            assert_eq!(written, config(""), "the default of `{table}.{setting}` is not {value}");
            compared += 1;
        }
    }
    assert!(compared > 25, "only {compared} defaults on the page are values");
}

/// The settings with `text` as `Rocket.toml`, as text.
fn config(text: &str) -> String {
    let figment = Figment::new()
        .merge(Toml::string(text))
        .select(rocket::Config::DEBUG_PROFILE);
    let config = Config::from_figment(&figment).unwrap_or_else(|error| panic!("{text}: {error}"));
    format!("{config:#?}")
}

/// The table of the struct `name`, and those below it.
fn tables(page: &mut Page, items: &HashMap<String, Item>, name: &str, path: &str) {
    let fields = fields(items, name);
    let (tables_below, settings): (Vec<&Field>, Vec<&Field>) = fields
        .into_iter()
        .filter(|field| !is_skipped(&field.attrs))
        .partition(|field| matches!(items.get(&ty(&field.ty)), Some(Item::Struct(_))));
    page.heading(2, format_args!("`{path}`"));
    page.table(
        ["setting", "type", "default", "meaning"],
        settings.iter().map(|field| {
            let (meaning, default) = meaning_and_default(&name_of(field), &doc(&field.attrs));
            [
                format!("`{}`", name_of(field)),
                in_words(items, &field.ty),
                default,
                meaning,
            ]
        }),
    );
    for field in tables_below {
        tables(page, items, &ty(&field.ty), &format!("{path}.{}", name_of(field)));
    }
}

fn items(source: &str) -> Vec<(String, Item)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../auth-core/src")
        .join(source);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = syn::parse_file(&text).expect("Rust");
    file.items
        .into_iter()
        .filter_map(|item| match &item {
            Item::Struct(of) => Some((of.ident.to_string(), item)),
            Item::Enum(of) => Some((of.ident.to_string(), item)),
            _ => None,
        })
        .filter(|(name, _)| !TYPES.iter().any(|(ty, _)| ty == name))
        .collect()
}

fn fields<'i>(items: &'i HashMap<String, Item>, name: &str) -> Vec<&'i Field> {
    match items.get(name) {
        Some(Item::Struct(of)) => match &of.fields {
            Fields::Named(named) => named.named.iter().collect(),
            _ => panic!("{name} has named fields"),
        },
        _ => panic!("{name} is in none of {SOURCES:?}"),
    }
}

fn name_of(field: &Field) -> String {
    field.ident.as_ref().expect("a named field").to_string()
}

/// The last segment of a type, without `Option` and `Vec`.
fn ty(ty: &Type) -> String {
    let (name, inner) = parts(ty);
    match inner {
        Some(inner) => self::ty(inner),
        None => name,
    }
}

/// The last segment of a type, and what it holds.
fn parts(ty: &Type) -> (String, Option<&Type>) {
    let Type::Path(path) = ty else {
        panic!("a setting of the type {}", ty.to_token_stream());
    };
    let last = path.path.segments.last().expect("a path has segments");
    let inner = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.first(),
        _ => None,
    };
    let inner = match inner {
        Some(GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    };
    (last.ident.to_string(), inner)
}

/// A type as an operator reads it.
fn in_words(items: &HashMap<String, Item>, ty: &Type) -> String {
    let (name, inner) = parts(ty);
    if let Some(inner) = inner {
        let inner = in_words(items, inner);
        return if name == "Vec" {
            format!("list of {inner}")
        } else {
            inner
        };
    }
    if let Some((_, words)) = TYPES.iter().find(|(ty, _)| *ty == name) {
        return (*words).to_owned();
    }
    match items.get(&name) {
        Some(Item::Enum(of)) => {
            let is_renamed_to = |case: &str| {
                let mut serde = of.attrs.iter().filter(|attr| attr.path().is_ident("serde"));
                serde.any(|attr| attr.to_token_stream().to_string().contains(case))
            };
            let words = of.variants.iter().map(|variant| {
                let mut word = variant.ident.to_string();
                if is_renamed_to("lowercase") {
                    word = word.to_lowercase();
                } else if is_renamed_to("snake_case") {
                    word = snake_case(&word);
                }
                match variant.fields {
                    Fields::Unit => format!("`\"{word}\"`"),
                    _ => format!("`{{ {word} = […] }}`"),
                }
            });
            words.collect::<Vec<_>>().join(", ")
        }
        _ => panic!("the type {name} has no words in {SOURCES:?} or `TYPES`"),
    }
}

fn snake_case(word: &str) -> String {
    word.chars().enumerate().fold(String::new(), |mut snake, (at, letter)| {
        if at > 0 && letter.is_uppercase() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
        snake
    })
}

fn is_skipped(attrs: &[Attribute]) -> bool {
    attrs
        .iter()
        .any(|attr| attr.path().is_ident("serde") && attr.to_token_stream().to_string().contains("skip"))
}

fn doc(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>().join(" ")
}

/// A doc comment without links, and its default: the sentence that begins with "Default", or the
/// word before "(default)".
fn meaning_and_default(name: &str, doc: &str) -> (String, String) {
    let doc = doc.replace("[`", "`").replace("`]", "`");
    if let Some((before, _)) = doc.split_once(" (default)") {
        let word = before.rsplit(' ').next().unwrap_or_default();
        return (doc.replacen(" (default)", "", 1), word.to_owned());
    }
    let begin = doc
        .find("Default")
        .unwrap_or_else(|| panic!("the doc comment of `{name}` does not say its default"));
    let rest = &doc[begin + "Default".len()..];
    // A full stop inside a number, a path or a name is followed by no blank.
    let end = rest.find(". ").unwrap_or(rest.trim_end_matches('.').len());
    let default = rest[..end].trim_start_matches(':').trim().to_owned();
    let after = rest[end..].trim_start_matches('.').trim();
    (format!("{} {after}", doc[..begin].trim()).trim().to_owned(), default)
}
