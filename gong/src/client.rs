//! The client: one generic `send` that paces, retries and says what went wrong.

use crate::answer::{Answer, Problem};
use crate::auth::Credentials;
use crate::clock::{Clock, SystemClock};
use crate::endpoint::{Endpoint, RequestParts};
use crate::error::{Error, Sent};
use crate::pace::Pacer;
use crate::retry::{Decision, Retries, RetryPolicy, Trouble};
use reqwest::redirect;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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
    /// The longest wait for the budget that is sat out; a longer one is [`Error::Budget`].
    pub max_wait: Duration,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How the client names itself.
    pub user_agent: String,
    /// How persistent it is.
    pub retry: RetryPolicy,
    /// Requests of the rolling day that were made before this client.
    pub spent_today: u32,
    /// Fixes the jitter of pauses, for tests.
    pub jitter_seed: Option<u64>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            requests_per_second: 3.0,
            requests_per_day: 10_000,
            max_wait: Duration::from_mins(15),
            timeout: Duration::from_mins(1),
            user_agent: concat!("talktrack/", env!("CARGO_PKG_VERSION")).to_owned(),
            retry: RetryPolicy::default(),
            spent_today: 0,
            jitter_seed: None,
        }
    }
}

/// A callback that learns of every attempt that goes out.
pub type RequestHook = Arc<dyn Fn() + Send + Sync>;

/// Talks to one Gong tenant. Clones share one budget.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    base_url: Url,
    host: String,
    credentials: Credentials,
    options: ClientOptions,
    clock: Arc<dyn Clock>,
    pacer: Pacer,
    sent: AtomicU64,
    /// Whether the host ever answered; until then a failed connection most likely means a misspelt name.
    answered: AtomicBool,
    hook: RwLock<Option<RequestHook>>,
}

impl Client {
    /// A client for the API at `base_url`, such as `https://api.gong.io`.
    ///
    /// # Errors
    ///
    /// When the URL is not one of a web server or carries credentials, or TLS cannot be set up.
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
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .user_agent(options.user_agent.as_str())
            .timeout(options.timeout)
            .build()
            .map_err(|error| Error::Setup {
                reason: error.without_url().to_string(),
            })?;
        let pacer = Pacer::new(
            Arc::clone(&clock),
            options.requests_per_second,
            options.requests_per_day,
            options.spent_today,
        );
        let inner = Inner {
            http,
            base_url: base_url.clone(),
            host,
            credentials,
            options,
            clock,
            pacer,
            sent: AtomicU64::new(0),
            answered: AtomicBool::new(false),
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
            if let Err(exhausted) = inner.pacer.permit(inner.options.max_wait).await {
                return Err(Error::Budget {
                    resume_at_or_after: exhausted.wait,
                    at: log.sent().into(),
                });
            }
            log.attempts += 1;
            let problem = match inner.attempt(&parts).await {
                Ok(answer) => match answer.read(endpoint) {
                    Ok(response) => return Ok(response),
                    Err(problem) => problem,
                },
                Err(problem) => problem,
            };
            let Some(trouble) = problem.trouble() else {
                return Err(log.error(problem));
            };
            match retries.decide(trouble) {
                Decision::GiveUp => return Err(log.error(problem)),
                Decision::TooLong(wait) => return Err(log.too_long(problem, wait)),
                Decision::Wait(wait) => inner.wait(trouble, wait, &log.sent()).await,
            }
        }
    }

    /// How many attempts went out so far.
    pub fn requests_sent(&self) -> u64 {
        self.inner.sent.load(Ordering::Relaxed)
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
    async fn attempt(&self, parts: &RequestParts) -> Result<Answer, Problem> {
        self.count();
        let unreachable = !self.answered.load(Ordering::Relaxed);
        let lost = |error: reqwest::Error| Problem::Lost {
            unreachable: unreachable && error.is_connect(),
            source: error.without_url(),
        };
        let mut request = self
            .http
            .request(parts.method.clone(), self.url(&parts.path))
            .query(&parts.query);
        if let Some(body) = &parts.body {
            request = request.json(body);
        }
        let response = self
            .credentials
            .authorize(request)
            .send()
            .await
            .map_err(lost)?;
        self.answered.store(true, Ordering::Relaxed);
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.map_err(lost)?;
        Ok(Answer {
            status,
            headers,
            body,
            now: self.clock.wall(),
        })
    }

    fn count(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let hook = self
            .hook
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(hook) = hook {
            hook();
        }
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base_url.clone();
        let base = self.base_url.path().trim_end_matches('/');
        // Someone who pastes the address of the API with its version means the same host.
        let base = base.strip_suffix("/v2").unwrap_or(base);
        url.set_path(&format!("{base}{path}"));
        url
    }

    async fn wait(&self, trouble: Trouble, wait: Duration, at: &Sent) {
        tracing::debug!(%at, wait_ms = wait.as_millis() as u64, ?trouble, "trying again");
        if matches!(trouble, Trouble::Refused(_)) {
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

impl AttemptLog<'_> {
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
