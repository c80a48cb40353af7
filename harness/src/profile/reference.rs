//! Secrets and keys by reference: a profile can be read by anybody, what it points to cannot.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;

/// Where a value stands.
#[derive(Clone, PartialEq, Eq)]
pub enum Reference {
    /// An environment variable.
    Env(String),
    /// A file, relative to the profile; `${NAME}` in its path is taken from the environment.
    File(PathBuf),
    /// The output of a program.
    Command(Vec<String>),
    /// A published key of the bundled mock, by name.
    Bundled(String),
    /// The value itself: only what is no secret, or is published on purpose.
    Inline(String),
}

/// What references are looked up in.
pub struct Surroundings<'a> {
    /// The environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The folder of the profile.
    pub folder: &'a Path,
    /// The published keys of the bundled mock: [`published`].
    pub bundled: &'a dyn Fn(&str) -> Option<String>,
}

impl Surroundings<'_> {
    /// A text with the value of the environment for every `${NAME}` in it: what changes from one start of a target to the
    /// next, such as its port. `place` is what a message calls the text.
    pub fn expand(&self, text: &str, place: &str) -> Result<String, Error> {
        let (mut expanded, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}').unwrap_or((after, ""));
            let value = (self.env)(name).ok_or_else(|| {
                let remedy = format!("`export {name}=…` before the run");
                Error::input(place, format!("environment variable {name} is not set"), remedy)
            })?;
            expanded = expanded + before + &value;
            rest = behind;
        }
        Ok(expanded + rest)
    }

    /// What to do about a file that is not there: who named it on the command line has no profile.
    fn remedy_for_files(&self) -> String {
        if self.folder.as_os_str().is_empty() {
            return "name a file that can be read".to_owned();
        }
        format!("relative paths start at the folder of the profile, {}", self.folder.display())
    }
}

/// A published key or certificate of the bundled mock, PEM: `client.certificate`, `client.key`, and so on.
pub fn published(name: &str) -> Option<String> {
    use mock_sts::keys;
    let (identity, part) = name.split_once('.')?;
    let pem = match identity {
        "ca" => keys::CA,
        "client" => keys::CLIENT,
        "client-expired" => keys::CLIENT_EXPIRED,
        "client-untrusted" => keys::CLIENT_UNTRUSTED,
        "relying-party" => keys::RELYING_PARTY,
        "signing-p256" => keys::SIGNING_P256,
        "signing-p384" => keys::SIGNING_P384,
        "signing-rsa" => keys::SIGNING_RSA,
        _ => return None,
    };
    match part {
        "certificate" => Some(pem.certificate.to_owned()),
        "key" => Some(pem.key.to_owned()),
        _ => None,
    }
}

/// A value that does not show itself in messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Reference {
    /// Where the value stands, never the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Command(words) => write!(f, "command {}", words.first().map_or("", String::as_str)),
            Self::Bundled(name) => write!(f, "the mock's {name}"),
            Self::Inline(_) => f.write_str("a value in the profile"),
        }
    }
}

impl Reference {
    /// The value, without the line end that a file or a program puts behind it.
    pub fn resolve(&self, surroundings: &Surroundings<'_>) -> Result<Secret, Error> {
        let value = match self {
            Self::Env(name) => (surroundings.env)(name)
                .ok_or_else(|| Error::input(self, "it is not set", format!("`export {name}=…` before the run")))?,
            Self::File(path) => {
                let path = surroundings.expand(&path.to_string_lossy(), &self.to_string())?;
                std::fs::read_to_string(surroundings.folder.join(path))
                    .map_err(|error| Error::input(self, error, surroundings.remedy_for_files()))?
            }
            Self::Command(words) => self.output(words, surroundings.folder)?,
            Self::Bundled(name) => (surroundings.bundled)(name)
                .ok_or_else(|| Error::input(self, "the mock publishes no such key", "see `mock_sts::keys`"))?,
            Self::Inline(value) => return Ok(Secret::new(value)),
        };
        let value = value.strip_suffix('\n').unwrap_or(&value);
        Ok(Secret::new(value.strip_suffix('\r').unwrap_or(value)))
    }

    fn output(&self, words: &[String], folder: &Path) -> Result<String, Error> {
        let trouble =
            |cause: &str| Error::set_up(self.to_string(), cause, "run it by hand, from the folder of the profile");
        let (program, arguments) = words.split_first().ok_or_else(|| trouble("it names no program"))?;
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let output = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .output()
            .map_err(|error| trouble(&error.to_string()))?;
        if !output.status.success() {
            // What it said may hold what it was to give, or what it was given for that.
            return Err(trouble(&output.status.to_string()));
        }
        String::from_utf8(output.stdout).map_err(|_| trouble("its output is not UTF-8"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(reference: &Reference, folder: &Path) -> Result<String, Error> {
        let env = |name: &str| (name == "PASSWORD").then(|| "from env".to_owned());
        let bundled = |name: &str| (name == "client-key").then(|| "from mock".to_owned());
        let surroundings = Surroundings { env: &env, folder, bundled: &bundled };
        reference.resolve(&surroundings).map(|secret| secret.reveal().to_owned())
    }

    #[test]
    fn a_value_comes_from_where_the_reference_says() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("secret"), "from file\n").expect("it can be written to");
        let here = folder.path();
        assert_eq!(resolve(&Reference::Env("PASSWORD".into()), here).expect("set"), "from env");
        assert_eq!(resolve(&Reference::File("secret".into()), here).expect("there"), "from file");
        assert_eq!(resolve(&Reference::Bundled("client-key".into()), here).expect("known"), "from mock");
        #[cfg(unix)]
        assert_eq!(resolve(&Reference::Command(vec!["cat".into(), "secret".into()]), here).expect("runs"), "from file");
    }

    #[test]
    fn what_changes_from_start_to_start_is_taken_from_the_environment() {
        let env = |name: &str| (name == "PORT").then(|| "8443".to_owned());
        let surroundings = Surroundings { env: &env, folder: Path::new(""), bundled: &|_| None };
        let expand = |text: &str| surroundings.expand(text, "an endpoint");
        assert_eq!(expand("https://localhost:${PORT}/sts").expect("set"), "https://localhost:8443/sts");
        assert_eq!(expand("https://localhost/$1").expect("nothing to look up"), "https://localhost/$1");
        let Err(Error::Usage { cause, remedy }) = expand("${HOST}/sts") else { panic!("it is not set") };
        assert!(cause.starts_with("an endpoint: ") && remedy.contains("export HOST="), "{cause}; {remedy}");
    }

    #[test]
    fn a_missing_value_names_its_place_and_a_remedy() {
        for missing in [
            Reference::Env("NOT_SET".into()),
            Reference::File("absent".into()),
            Reference::Command(vec!["stsproof-no-such-program".into()]),
            Reference::Bundled("absent".into()),
        ] {
            let error = resolve(&missing, Path::new("/")).expect_err("missing");
            assert!(error.to_string().starts_with(&format!("{missing}: ")), "{error}");
            // A program may have asked somebody who was not there; all else is for the user to bring.
            let (Error::Usage { remedy, .. } | Error::SetUp { remedy, .. }) = &error else { panic!("{error:?}") };
            assert!(!remedy.is_empty());
            assert_eq!(matches!(error, Error::SetUp { .. }), matches!(missing, Reference::Command(_)), "{error:?}");
        }
    }

    #[test]
    fn neither_a_secret_nor_an_inline_value_shows_itself() {
        let shown = format!("{:?} {:?} {0}", Reference::Inline("hunter2".into()), Secret::new("hunter2"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
