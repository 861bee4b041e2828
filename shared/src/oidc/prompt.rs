//! The `prompt` parameter (OpenID Connect Core §3.1.2.1).

/// Whether and how the user may, or must, be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "any of them can be asked for beside any other")]
pub struct Prompt {
    /// `none`: not at all, so that an answer comes at once.
    pub none: bool,
    /// `login`: to sign in again.
    pub login: bool,
    /// `select_account`: to say who they go on as.
    pub select_account: bool,
    /// `consent`: to agree again.
    pub consent: bool,
}

impl Prompt {
    /// Every value that we serve.
    pub const VALUES: [&str; 4] = ["none", "login", "consent", "select_account"];

    /// The prompt that the parameter asks for; values that we do not know are passed over.
    ///
    /// # Errors
    ///
    /// `none` beside another value, which "MUST" be an error, `invalid_request`.
    pub fn parse(prompt: Option<&str>) -> Result<Self, &'static str> {
        let mut parsed = Self::default();
        let mut words = 0;
        for word in prompt.unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
            words += 1;
            match word {
                "none" => parsed.none = true,
                "login" => parsed.login = true,
                "select_account" => parsed.select_account = true,
                "consent" => parsed.consent = true,
                _ => {}
            }
        }
        if parsed.none && words > 1 {
            return Err("prompt none must not be combined with another value");
        }
        Ok(parsed)
    }
}
