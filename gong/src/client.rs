//! The client: one generic `send` that paces, retries and says what went wrong.

use crate::answer::Problem;
use crate::auth::Credentials;
use crate::clock::{Clock, SystemClock};
use crate::endpoint::{Endpoint, RequestParts};
use crate::error::{Error, Sent};
use crate::pace::{Denied, Pace, Pacer, Permit, Spent};
use crate::reach::Reach;
use crate::reserve::{Ledger, Reserve};
use crate::retry::{Decision, Retries, RetryPolicy, Trouble};
use reqwest::redirect;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use url::Url;

/// How the client behaves.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Requests per second, evenly spaced; zero or infinite for no limit.
    pub requests_per_second: f64,
    /// Requests in any 24 hours; zero for no limit.
    pub requests_per_day: u32,
    /// The part of both limits that this client may use, above 0 and at most 1.
    pub share: f64,
    /// The longest wait for the budget that is sat out; a longer one is [`Error::Budget`].
    pub max_wait: Duration,
    /// How long one attempt may take; a body that keeps coming, however slowly, should not hit it.
    pub timeout: Duration,
    /// How long an attempt may stand still: until its answer begins, and between any two pieces of it.
    pub idle_timeout: Duration,
    /// The longest good answer, unpacked; a longer one is not read to its end.
    pub max_answer_bytes: usize,
    /// How much is read of an error answer.
    pub max_error_bytes: usize,
    /// How the client names itself.
    pub user_agent: String,
    /// How persistent it is.
    pub retry: RetryPolicy,
    /// Requests of the rolling day that were reserved or made before this client.
    pub spent: Vec<Spent>,
    /// Fixes the jitter of pauses, for tests.
    pub jitter_seed: Option<u64>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            requests_per_second: 3.0,
            requests_per_day: 10_000,
            share: 1.0,
            max_wait: Duration::from_mins(15),
            timeout: Duration::from_mins(5),
            idle_timeout: Duration::from_secs(30),
            max_answer_bytes: 64 << 20,
            max_error_bytes: 1 << 20,
            user_agent: concat!("talktrack/", env!("CARGO_PKG_VERSION")).to_owned(),
            retry: RetryPolicy::default(),
            spent: Vec::new(),
            jitter_seed: None,
        }
    }
}

/// Longer waits are told.
const TOLD_FROM: Duration = Duration::from_secs(10);

/// A callback that learns of every attempt that goes out.
pub type RequestHook = Arc<dyn Fn() + Send + Sync>;

/// Talks to one Gong tenant. Clones share one budget.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    base_url: Url,
    pub(crate) host: String,
    pub(crate) credentials: Credentials,
    pub(crate) options: ClientOptions,
    pub(crate) clock: Arc<dyn Clock>,
    pacer: Pacer,
    ledger: Ledger,
    pub(crate) reach: Reach,
    hook: RwLock<Option<RequestHook>>,
}

impl Client {
    /// A client for the API at `base_url`, such as `https://api.gong.io`.
    ///
    /// # Errors
    ///
    /// When the URL is not one of a web server or carries credentials, the share is none, or TLS cannot be set up.
    pub fn new(
        base_url: &Url,
        credentials: Credentials,
        options: ClientOptions,
    ) -> Result<Self, Error> {
        Self::with_clock(base_url, credentials, options, Arc::new(SystemClock::new()))
    }

    /// The same with a clock of the caller's, so that tests never wait.
    ///
    /// # Errors
    ///
    /// As [`Client::new`].
    pub fn with_clock(
        base_url: &Url,
        credentials: Credentials,
        options: ClientOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let host = check_base_url(base_url)?;
        check_share(options.share)?;
        let pace = Pace {
            per_second: options.requests_per_second,
            per_day: options.requests_per_day,
            share: options.share,
        };
        let pacer = Pacer::new(Arc::clone(&clock), pace, &options.spent);
        let inner = Inner {
            http: http(&options)?,
            base_url: base_url.clone(),
            host,
            credentials,
            options,
            clock,
            pacer,
            ledger: Ledger::default(),
            reach: Reach::default(),
            hook: RwLock::new(None),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Sends one request: waits for its turn, tries again where that can help, and reads the answer.
    ///
    /// # Errors
    ///
    /// Any [`Error`], once trying again no longer helps.
    pub async fn send<E: Endpoint>(&self, endpoint: &E) -> Result<E::Response, Error> {
        let inner = &*self.inner;
        let parts = endpoint.request();
        let mut retries = Retries::new(
            inner.options.retry,
            inner.options.max_wait,
            inner.options.jitter_seed,
        );
        let mut log = AttemptLog {
            inner,
            parts: &parts,
            attempts: 0,
            started: inner.clock.monotonic(),
        };
        loop {
            let permit = log.permit().await?;
            log.attempts += 1;
            let answer = inner.attempt(&parts, log.attempts, permit).await;
            let (problem, doubtful) = match answer.and_then(|answer| answer.read(endpoint)) {
                Ok(response) => match endpoint.doubt(&response) {
                    None => {
                        inner.reach.proven();
                        return Ok(response);
                    }
                    Some(failure) => (Problem::Doubtful(failure), Some(response)),
                },
                Err(problem) => (problem, None),
            };
            let trouble = problem.trouble(inner.reach.is_proven());
            if let Some(trouble) = trouble {
                inner.reach.met(trouble);
            }
            match trouble.map_or(Decision::GiveUp, |trouble| retries.decide(trouble)) {
                Decision::GiveUp => return doubtful.ok_or_else(|| log.error(problem)),
                Decision::TooLong(wait) => return Err(log.too_long(problem, wait)),
                Decision::Wait(wait) => inner.wait(trouble, wait, &log.sent()).await,
            }
        }
    }

    /// From now on every request is reserved before it is sent: `block` requests at a time, fewer at the end of the day's
    /// budget. Whoever would exceed what is reserved waits until the next block is.
    pub fn reserve_with(&self, reserver: Arc<dyn Reserve>, block: u32) {
        self.inner.ledger.reserve_with(reserver, block);
    }

    /// Counts requests as reserved that somebody else reserved for this client.
    pub fn add_reserved(&self, count: u32) {
        self.inner.ledger.add_reserved(count);
    }

    /// How many requests were reserved so far; what exceeds [`Client::requests_sent`] was not used.
    pub fn reserved(&self) -> u64 {
        self.inner.ledger.reserved()
    }

    /// How many attempts went out so far.
    pub fn requests_sent(&self) -> u64 {
        self.inner.ledger.sent()
    }

    /// How many attempts met which trouble that trying again can help: `too_many_requests`, `failed`, `unreachable`,
    /// `unreadable`.
    pub fn troubles(&self) -> BTreeMap<&'static str, u64> {
        self.inner.reach.troubles()
    }

    /// By how many seconds this machine's clock is ahead of the host's, as of its last answer that told the time.
    pub fn clock_ahead_s(&self) -> Option<i64> {
        self.inner.reach.ahead_s()
    }

    /// Calls `hook` for every attempt from now on, in place of any hook before it.
    pub fn on_request(&self, hook: RequestHook) {
        *self
            .inner
            .hook
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(hook);
    }

    /// The host that requests go to, for messages.
    pub fn host(&self) -> &str {
        &self.inner.host
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("host", &self.inner.host)
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// One more attempt goes out.
    pub(crate) fn count(&self) {
        self.ledger.count_sent();
        let hook = self
            .hook
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(hook) = hook {
            hook();
        }
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.base_url.clone();
        let base = self.base_url.path().trim_end_matches('/');
        // Someone who pastes the address of the API with its version means the same host.
        let base = base.strip_suffix("/v2").unwrap_or(base);
        url.set_path(&format!("{base}{path}"));
        url
    }

    async fn wait(&self, trouble: Option<Trouble>, wait: Duration, at: &Sent) {
        let reason = trouble.map_or("unknown", Trouble::reason);
        if wait > TOLD_FROM {
            tracing::warn!(%at, wait_s = wait.as_secs(), reason, "waiting before trying again");
        } else {
            tracing::debug!(%at, wait_ms = wait.as_millis() as u64, reason, "trying again");
        }
        if matches!(trouble, Some(Trouble::Refused(_))) {
            // Gong's limit is the company's: every clone waits, in the pacer.
            self.pacer.pause(wait);
        } else {
            self.clock.sleep(wait).await;
        }
    }
}

/// Keeps count of the attempts of one request.
struct AttemptLog<'a> {
    inner: &'a Inner,
    parts: &'a RequestParts,
    attempts: u32,
    started: Duration,
}

impl<'a> AttemptLog<'a> {
    /// The turn of one more attempt.
    async fn permit(&self) -> Result<Permit<'a>, Error> {
        let inner = self.inner;
        let permit = inner.pacer.permit(inner.options.max_wait, &inner.ledger);
        permit.await.map_err(|denied| match denied {
            Denied::Exhausted { wait } => Error::Budget {
                resume_at_or_after: wait,
                at: self.sent().into(),
            },
            Denied::Reserve(source) => Error::Reserve { source },
        })
    }

    fn sent(&self) -> Sent {
        Sent {
            method: self.parts.method.to_string(),
            path: self.parts.path.clone(),
            attempts: self.attempts,
            elapsed: self.inner.clock.monotonic().saturating_sub(self.started),
        }
    }

    fn error(&self, problem: Problem) -> Error {
        problem.into_error(
            &self.inner.host,
            &self.inner.credentials,
            self.sent().into(),
            self.inner.options.retry.max_delay,
        )
    }

    fn too_long(&self, problem: Problem, wait: Duration) -> Error {
        match problem {
            Problem::Refused { .. } => Error::Budget {
                resume_at_or_after: wait,
                at: self.sent().into(),
            },
            problem => self.error(problem),
        }
    }
}

/// Connecting is either quick or hopeless.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

fn http(options: &ClientOptions) -> Result<reqwest::Client, Error> {
    reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        // What is sent again must pass the pacer and be counted.
        .retry(reqwest::retry::never())
        .user_agent(options.user_agent.as_str())
        .connect_timeout(CONNECT_TIMEOUT.min(options.idle_timeout))
        .read_timeout(options.idle_timeout)
        .timeout(options.timeout)
        .build()
        .map_err(|error| Error::Setup {
            reason: error.without_url().to_string(),
        })
}

fn check_share(share: f64) -> Result<(), Error> {
    if share > 0.0 && share <= 1.0 {
        return Ok(());
    }
    Err(Error::Setup {
        reason: format!("the share of the limits must be above 0 and at most 1, not `{share}`"),
    })
}

fn check_base_url(base_url: &Url) -> Result<String, Error> {
    let setup = |reason: &str| {
        Err(Error::Setup {
            reason: reason.to_owned(),
        })
    };
    if !matches!(base_url.scheme(), "http" | "https") {
        return setup("the base url must start with `https://` (or `http://` for a sandbox)");
    }
    if !base_url.username().is_empty() || base_url.password().is_some() {
        return setup("the base url must not carry credentials");
    }
    if base_url.query().is_some() || base_url.fragment().is_some() {
        return setup("the base url must not carry a query or a fragment");
    }
    match (base_url.host_str(), base_url.port()) {
        (Some(host), Some(port)) => Ok(format!("{host}:{port}")),
        (Some(host), None) => Ok(host.to_owned()),
        (None, _) => setup("the base url names no host"),
    }
}
