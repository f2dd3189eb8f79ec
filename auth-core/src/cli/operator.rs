//! What an application gives to its commands, and how they are run.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, FromArgMatches};
use figment::Figment;
use rocket::{Build, Rocket};

use super::command::{Command, CommandLine, KeysCommand, UserCommand, Verb};
use super::error::CommandError;
use super::{output, routes, sessions, user};
use crate::account::{AccountStore, Accounts};
use crate::audit::AuditSink;
use crate::builder::AuthBuilder;
use crate::config::{Config, Environment, Migrate};
use crate::keys::{KeyAlgorithm, KeyError, generate_key};
use crate::mail::Courier;
use crate::role::Role;
use crate::session::Auth;

/// What the application does in a command.
type Done = Pin<Box<dyn Future<Output = Result<(), CommandError>> + Send>>;

/// The operator's commands of an application whose roles are `R`, before they run.
///
/// [`cli::run`](super::run) is the short form. Use this type to set a description, users of your
/// own, a role that must keep a holder, or tables of your own to migrate. With it you can also
/// start the server in another way.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use auth_core::cli::Operator;
/// use auth_core::{Auth, Role};
/// use rocket::{Build, Rocket};
///
/// #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
/// enum AppRole {
///     Admin,
///     Reader,
/// }
///
/// fn rocket() -> Rocket<Build> {
///     rocket::build().attach(Auth::fairing::<AppRole>())
/// }
///
/// fn main() -> ExitCode {
///     Operator::<AppRole>::new(rocket)
///         .about("Recipes for a club")
///         .version(env!("CARGO_PKG_VERSION"))
///         .keeping(AppRole::Admin)
///         .run()
/// }
/// ```
pub struct Operator<R: Role> {
    name: String,
    about: Option<&'static str>,
    version: Option<&'static str>,
    rocket: Box<dyn Fn() -> Rocket<Build> + Send>,
    configuration: fn() -> Figment,
    accounts: Option<Arc<dyn Accounts>>,
    account_store: Option<Arc<dyn AccountStore>>,
    sinks: Vec<Arc<dyn AuditSink>>,
    courier: Option<Arc<dyn Courier>>,
    kept: Option<R>,
    check: fn(&Figment) -> Result<(), CommandError>,
    migrate: Box<dyn FnOnce(Auth) -> Done + Send>,
    serve: Option<Box<dyn FnOnce() -> Done + Send>>,
}

impl<R: Role> Operator<R> {
    /// The commands of the application that `rocket` makes, with the routes and the fairing.
    /// `serve` launches it and `routes` reads its routes; no other command calls the function.
    ///
    /// The commands are called as the program's file is called.
    pub fn new(rocket: impl Fn() -> Rocket<Build> + Send + 'static) -> Operator<R> {
        let program = std::env::args_os().next().unwrap_or_default();
        let name = Path::new(&program).file_stem().and_then(OsStr::to_str).unwrap_or("app");
        Operator {
            name: name.to_owned(),
            about: None,
            version: None,
            rocket: Box::new(rocket),
            configuration: rocket::Config::figment,
            accounts: None,
            account_store: None,
            sinks: Vec::new(),
            courier: None,
            kept: None,
            check: |_| Ok(()),
            migrate: Box::new(|_| Box::pin(async { Ok(()) })),
            serve: None,
        }
    }

    /// The program's name in its help, in its completions and before its errors. Default: the name
    /// of its file.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Operator<R> {
        self.name = name.into();
        self
    }

    /// The help's description of the application, in one line.
    #[must_use]
    pub fn about(mut self, about: &'static str) -> Operator<R> {
        self.about = Some(about);
        self
    }

    /// The version that `--version` prints, usually `env!("CARGO_PKG_VERSION")`. Without it there
    /// is no such option.
    #[must_use]
    pub fn version(mut self, version: &'static str) -> Operator<R> {
        self.version = Some(version);
        self
    }

    /// Where the settings are read from. Default: where [`rocket::build()`] reads them,
    /// `Rocket.toml` and `ROCKET_…`. An application that starts with [`rocket::custom()`] gives the
    /// same figment here.
    #[must_use]
    pub fn configuration(mut self, read: fn() -> Figment) -> Operator<R> {
        self.configuration = read;
        self
    }

    /// The application's own users, the same as the fairing has. The `sessions` commands find users
    /// in them. The `user` commands fail with [`CommandError::OwnAccounts`].
    #[must_use]
    pub fn accounts(mut self, accounts: impl Accounts) -> Operator<R> {
        self.accounts = Some(Arc::new(accounts));
        self.account_store = None;
        self
    }

    /// As [`Operator::accounts`], and the `user` commands change these users.
    #[must_use]
    pub fn account_store(mut self, accounts: impl AccountStore) -> Operator<R> {
        self.account_store = Some(Arc::new(accounts));
        self
    }

    /// Hands the security events of commands, such as a revoked session, to `sink`, besides the
    /// log. May be called more than once.
    #[must_use]
    pub fn audit(mut self, sink: impl AuditSink) -> Operator<R> {
        self.sinks.push(Arc::new(sink));
        self
    }

    /// Delivers the mails of commands by `courier`, the same as the fairing has. `user factors
    /// reset` tells the user, and waits for the delivery up to five seconds. Default: `auth.smtp`.
    #[must_use]
    pub fn courier(mut self, courier: impl Courier) -> Operator<R> {
        self.courier = Some(Arc::new(courier));
        self
    }

    /// The role that some enabled account always holds: no command takes it from the last one,
    /// unless it has `--force`. See
    /// [`AccountAdmin::keeping`](crate::session::AccountAdmin::keeping). Default: none.
    #[must_use]
    pub fn keeping(mut self, role: R) -> Operator<R> {
        self.kept = Some(role);
        self
    }

    /// Checks settings of the application's own, before any command does anything.
    #[must_use]
    pub fn check(mut self, check: fn(&Figment) -> Result<(), CommandError>) -> Operator<R> {
        self.check = check;
        self
    }

    /// Brings tables of the application's own up to date, in the command `migrate`, after those of
    /// the library.
    #[must_use]
    pub fn migrate<F>(mut self, migrate: impl FnOnce(Auth) -> F + Send + 'static) -> Operator<R>
    where
        F: Future<Output = Result<(), CommandError>> + Send + 'static,
    {
        self.migrate = Box::new(|auth| Box::pin(migrate(auth)));
        self
    }

    /// Starts the server, and returns when it has ended. Default: it launches what the function
    /// given to [`Operator::new`] makes.
    #[must_use]
    pub fn serve<F>(mut self, serve: impl FnOnce() -> F + Send + 'static) -> Operator<R>
    where
        F: Future<Output = Result<(), CommandError>> + Send + 'static,
    {
        self.serve = Some(Box::new(|| Box::pin(serve())));
        self
    }

    /// Runs the command line of the process. Returns the exit code: 0 done; 1 refused or failed,
    /// with one line on standard error; 2 the command line is wrong.
    ///
    /// Call it from a `main` that is not `async`: it starts Rocket's runtime itself.
    pub fn run(self) -> ExitCode {
        let mut parser = self.parser();
        let parsed = parser.try_get_matches_from_mut(std::env::args_os());
        let line = parsed.and_then(|matches| {
            let line = CommandLine::<R>::from_arg_matches(&matches);
            line.map_err(|error| error.format(&mut parser))
        });
        match line {
            Ok(line) => self.carry_out(line.command, parser),
            // A wrong command line, and what `--help` and `--version` print.
            Err(said) => {
                let code = u8::try_from(said.exit_code()).unwrap_or(2);
                let printed = said.print().map_err(CommandError::Output);
                end(&self.name, printed, ExitCode::from(code))
            }
        }
    }

    /// Carries out a command of an application whose command line is `P`, with commands of its own.
    /// Without a command the server is started.
    ///
    /// ```no_run
    /// # use auth_core::{Auth, Role};
    /// # use rocket::{Build, Rocket};
    /// # #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
    /// # enum AppRole { Admin, Reader }
    /// # fn rocket() -> Rocket<Build> { rocket::build().attach(Auth::fairing::<AppRole>()) }
    /// use std::process::ExitCode;
    ///
    /// use auth_core::cli::{Command, Operator};
    /// use clap::{Parser, Subcommand};
    ///
    /// #[derive(Parser)]
    /// struct CommandLine {
    ///     #[command(subcommand)]
    ///     command: Option<AppCommand>,
    /// }
    ///
    /// #[derive(Subcommand)]
    /// enum AppCommand {
    ///     /// Print the menu of the week.
    ///     Menu,
    ///     #[command(flatten)]
    ///     Operator(Command<AppRole>),
    /// }
    ///
    /// fn main() -> ExitCode {
    ///     let operator = Operator::<AppRole>::new(rocket);
    ///     match CommandLine::parse().command {
    ///         Some(AppCommand::Menu) => {
    ///             println!("soup");
    ///             ExitCode::SUCCESS
    ///         }
    ///         Some(AppCommand::Operator(command)) => operator.execute::<CommandLine>(Some(command)),
    ///         None => operator.execute::<CommandLine>(None),
    ///     }
    /// }
    /// ```
    pub fn execute<P: CommandFactory>(self, command: Option<Command<R>>) -> ExitCode {
        self.carry_out(command, P::command())
    }

    fn parser(&self) -> clap::Command {
        let mut parser = CommandLine::<R>::command().name(self.name.clone());
        if let Some(about) = self.about {
            parser = parser.about(about);
        }
        if let Some(version) = self.version {
            parser = parser.version(version);
        }
        parser
    }

    fn carry_out(self, command: Option<Command<R>>, parser: clap::Command) -> ExitCode {
        let name = self.name.clone();
        let verb = command.map_or(Verb::Serve, |command| command.0);
        // Rocket's runtime panics where its settings are wrong, so they are checked before there is
        // one.
        let done = self
            .check_settings(&verb)
            .and_then(|config| rocket::execute(self.execute_verb(verb, config, parser)));
        end(&name, done, ExitCode::SUCCESS)
    }

    /// Checks every setting, also those that the command does not need. So an operator learns of a
    /// mistake before the command opens, makes or prints anything.
    fn check_settings(&self, verb: &Verb<R>) -> Result<Config, CommandError> {
        Environment::check_rocket()?;
        let figment = (self.configuration)();
        Config::check_rocket(&figment)?;
        // Neither needs a secret, and one of them makes the secret that is missing.
        let environment = match verb {
            Verb::Keys(_) | Verb::Completions { .. } => Environment::default(),
            _ => Environment::read()?,
        };
        let config = Config::read(&figment, &environment)?;
        (self.check)(&figment)?;
        Ok(config)
    }

    async fn execute_verb(self, verb: Verb<R>, config: Config, mut parser: clap::Command) -> Result<(), CommandError> {
        match verb {
            Verb::Serve => self.start().await,
            Verb::Migrate => self.bring_up_to_date(config).await,
            Verb::User(command) => self.change_users(config, command).await,
            Verb::Sessions(command) => sessions::run(&self.builder(false).build(config).await?, command).await,
            Verb::Keys(KeysCommand::Generate { alg }) => {
                let algorithm: KeyAlgorithm = alg.parse().map_err(KeyError::from)?;
                output::line(generate_key(algorithm)?.expose().trim_end())
            }
            Verb::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut parser, self.name, &mut script);
                output::line(String::from_utf8_lossy(&script).trim_end())
            }
            Verb::Routes { json } => routes::print((self.rocket)(), config, json),
        }
    }

    async fn start(self) -> Result<(), CommandError> {
        output::end_when_nothing_can_be_printed(self.name);
        if let Some(serve) = self.serve {
            return serve().await;
        }
        let ended = (self.rocket)().launch().await;
        let rocket = ended.map_err(|error| CommandError::Rocket(Box::new(error)))?;
        if let Some(auth) = rocket.state::<Auth>() {
            auth.close().await;
        }
        Ok(())
    }

    async fn bring_up_to_date(self, mut config: Config) -> Result<(), CommandError> {
        config.migrate = Migrate::Auto;
        let auth = self.builder(true).build(config).await?;
        (self.migrate)(auth).await?;
        output::line("the schema is up to date")
    }

    async fn change_users(self, config: Config, command: UserCommand<R>) -> Result<(), CommandError> {
        if self.accounts.is_some() && self.account_store.is_none() {
            return Err(CommandError::OwnAccounts);
        }
        let is_first = matches!(command, UserCommand::Add { .. } | UserCommand::Import { .. });
        let missing = missing_file(&config);
        let auth = self.builder(is_first).build(config).await?;
        user::run(&auth, self.kept, command).await?;
        auth.finish_mails().await;
        if let Some(file) = missing {
            eprintln!("made a new database: {}", file.display());
        }
        Ok(())
    }

    /// For an [`Auth`] of the command line: it signs nothing, so that it needs no keys. Only a
    /// command that `creates` makes a missing database: the file may have been moved from under a
    /// server that runs.
    fn builder(&self, creates: bool) -> AuthBuilder {
        let mut builder = Auth::builder::<R>().for_operator();
        if !creates {
            builder = builder.of_existing_database();
        }
        if let Some(accounts) = &self.account_store {
            builder = builder.account_store(Arc::clone(accounts));
        } else if let Some(accounts) = &self.accounts {
            builder = builder.accounts(Arc::clone(accounts));
        }
        for sink in &self.sinks {
            builder = builder.audit(Arc::clone(sink));
        }
        if let Some(courier) = &self.courier {
            builder = builder.courier(Arc::clone(courier));
        }
        builder
    }
}

/// The database file, if there is none.
#[cfg(feature = "sqlite")]
fn missing_file(config: &Config) -> Option<PathBuf> {
    let file = crate::store::sqlite::SqliteStore::parse_url(config.store_url()).ok()?;
    (!file.exists()).then_some(file)
}

#[cfg(not(feature = "sqlite"))]
fn missing_file(_: &Config) -> Option<PathBuf> {
    None
}

/// The exit code of a command, and the line that says why it failed.
fn end(program: &str, done: Result<(), CommandError>, code: ExitCode) -> ExitCode {
    match done {
        Ok(()) => code,
        Err(error) if error.is_closed_pipe() => code,
        Err(error) => {
            output::complain(program, &error);
            ExitCode::FAILURE
        }
    }
}
