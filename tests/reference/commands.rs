//! `commands.md`, from the command line's own description.

use auth_core::cli::Command;
use clap::Subcommand;
use rocket_app::role::AppRole;

use crate::page::Page;

#[test]
fn the_page_of_commands_is_the_help() {
    let mut page = Page::new("Commands");
    page.paragraph(
        "An application that calls `auth_core::cli::run` has these commands. The role names are those of the demo. Exit \
         codes: 0 done; 1 refused or failed, with one line on standard error; 2 the command line is wrong.",
    );
    let mut root = Command::<AppRole>::augment_subcommands(clap::Command::new("my-app"));
    root.build();
    for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
        describe(&mut page, command, command.get_name());
    }
    page.check("commands.md");
}

fn describe(page: &mut Page, command: &clap::Command, path: &str) {
    let below: Vec<&clap::Command> = command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
        .collect();
    if !below.is_empty() {
        for below in below {
            describe(page, below, &format!("{path} {}", below.get_name()));
        }
        return;
    }
    page.heading(2, format_args!("`{path}`"));
    page.paragraph(&sentence(command.get_long_about().or_else(|| command.get_about())));
    let usage = command.clone().render_usage().to_string();
    page.code("text", &usage.replace("Usage: ", ""));
    let arguments: Vec<[String; 2]> = command
        .get_arguments()
        .filter(|argument| !matches!(argument.get_id().as_str(), "help" | "version"))
        .map(|argument| {
            let help = argument.get_long_help().or_else(|| argument.get_help());
            [format!("`{}`", name(argument)), sentence(help)]
        })
        .collect();
    if !arguments.is_empty() {
        page.table(["argument", "meaning"], arguments);
    }
}

fn name(argument: &clap::Arg) -> String {
    let value = argument
        .get_value_names()
        .and_then(|names| names.first())
        .map(|name| name.to_string());
    match (
        argument.get_long(),
        value.filter(|_| argument.get_action().takes_values()),
    ) {
        (Some(long), Some(value)) => format!("--{long} <{value}>"),
        (Some(long), None) => format!("--{long}"),
        (None, value) => value.map_or_else(|| argument.get_id().to_string(), |value| format!("<{value}>")),
    }
}

/// With the full stop that clap leaves out.
fn sentence(text: Option<&clap::builder::StyledStr>) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    assert!(!text.is_empty(), "every command and argument says what it is");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.ends_with('.') { text } else { format!("{text}.") }
}
