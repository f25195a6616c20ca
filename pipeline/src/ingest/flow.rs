//! Everything at once: windows are read side by side, transcripts are asked for as soon as their calls are known, and what
//! is whole is committed meanwhile, so that Gong's permitted rate is used while the lake is written.
//!
//! ```text
//! plan ─► reads ──wanted──► requests of a hundred ─┐
//!           └── windows ── waiting for transcripts ┴─► ready ─► one commit at a time
//! ```

use std::collections::{BTreeMap, HashMap, VecDeque};

use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;

use super::commit::{Committed, Ready};
use super::error::Error;
use super::open_window::WindowRead;
use super::plan::Plan;
use super::reader::{Outcome, Reader};
use super::run::Run;
use super::transcripts::{Answers, CALLS_PER_REQUEST, Reply, Wanted, request};
use super::window::Days;
use crate::lake::Index;

/// Windows that may be read or wait for a commit at the same time, for each one that is read side by side.
const OPEN_PER_READER: usize = 2;

/// What came of reading the windows of a plan.
#[derive(Default)]
pub(super) struct Flowed {
    /// What was committed, in order.
    pub(super) committed: Vec<Committed>,
    /// Why it ended early.
    pub(super) error: Option<Error>,
}

/// What is under way.
struct Flow<'a> {
    run: &'a Run<'a>,
    known: &'a Index,
    plan: &'a mut Plan,
    wants: UnboundedSender<Wanted>,
    wanted: UnboundedReceiver<Wanted>,
    /// Transcripts to ask for, in the order in which their calls came.
    queue: VecDeque<Wanted>,
    /// Answers by window.
    answers: HashMap<usize, Answers>,
    /// How many transcripts each window still waits for.
    waiting: HashMap<usize, usize>,
    /// Windows that were read, by number: those whose transcripts have come are ready.
    read: BTreeMap<usize, WindowRead>,
    next_number: usize,
    committing: usize,
    flowed: Flowed,
}

enum Event {
    Window(Outcome),
    Transcripts(Reply),
    Wanted(Option<Wanted>),
    Committed(Result<Committed, Error>),
}

impl Run<'_> {
    /// Reads the windows of a plan, with their transcripts, and commits them as they become whole.
    pub(super) async fn flow(&self, plan: &mut Plan, known: &Index) -> Flowed {
        let (wants, wanted) = unbounded();
        let mut flow = Flow {
            run: self,
            known,
            plan,
            wants,
            wanted,
            queue: VecDeque::new(),
            answers: HashMap::new(),
            waiting: HashMap::new(),
            read: BTreeMap::new(),
            next_number: 0,
            committing: 0,
            flowed: Flowed::default(),
        };
        flow.all().await;
        flow.flowed
    }
}

impl Flow<'_> {
    async fn all(&mut self) {
        let run = self.run;
        let known = self.known;
        let wants = self.wants.clone();
        let reader = Reader {
            client: run.client,
            lake: run.lake,
            settings: run.settings,
            workspaces: &run.workspaces,
            known,
            now: run.now,
            progress: run.progress,
            wants: &wants,
        };
        let mut reads = FuturesUnordered::new();
        let mut asks = FuturesUnordered::new();
        let mut commits: FuturesUnordered<LocalBoxFuture<'_, Result<Committed, Error>>> =
            FuturesUnordered::new();
        loop {
            while let Some(days) = self.next_window(reads.len()) {
                let number = self.next_number;
                self.next_number += 1;
                reads.push(async move { reader.read(number, days).await });
            }
            while let Some(wanted) = self.next_request(reads.is_empty(), asks.len()) {
                asks.push(request(run.client, wanted));
            }
            if commits.is_empty() {
                let whole = self.take_ready();
                self.committing = whole.len();
                if !whole.is_empty() {
                    commits.push(Box::pin(run.commit(whole, self.read_before())));
                }
            }
            if reads.is_empty() && asks.is_empty() && commits.is_empty() {
                return;
            }
            let event = tokio::select! {
                biased;
                Some(committed) = commits.next() => Event::Committed(committed),
                Some(reply) = asks.next() => Event::Transcripts(reply),
                Some(outcome) = reads.next() => Event::Window(outcome),
                wanted = self.wanted.next() => Event::Wanted(wanted),
            };
            if !self.take(event) {
                return;
            }
        }
    }

    /// Windows that this run has read and committed so far, and whether all of each came.
    fn read_before(&self) -> Vec<(Days, bool)> {
        let committed = self.flowed.committed.iter();
        let of_flow = committed.flat_map(|committed| committed.read.iter().copied());
        self.run.read.iter().copied().chain(of_flow).collect()
    }

    /// The next window to read, if there is room for one more.
    fn next_window(&mut self, reading: usize) -> Option<Days> {
        let concurrency = self.run.settings.concurrency.max(1);
        let open = reading + self.read.len() + self.committing;
        let has_room = reading < concurrency && open < concurrency * OPEN_PER_READER;
        if !has_room || self.flowed.error.is_some() {
            return None;
        }
        self.plan.next_window(reading)
    }

    /// A hundred transcripts to ask for; fewer only when no more calls are on their way.
    fn next_request(&mut self, is_last: bool, asking: usize) -> Option<Vec<Wanted>> {
        while let Ok(wanted) = self.wanted.try_recv() {
            self.enqueue(wanted);
        }
        let is_enough =
            self.queue.len() >= CALLS_PER_REQUEST || (is_last && !self.queue.is_empty());
        if !is_enough || asking >= self.run.settings.concurrency.max(1) {
            return None;
        }
        if self.flowed.error.is_some() {
            self.give_up_queue();
            return None;
        }
        let count = self.queue.len().min(CALLS_PER_REQUEST);
        Some(self.queue.drain(..count).collect())
    }

    fn enqueue(&mut self, wanted: Wanted) {
        *self.waiting.entry(wanted.window).or_default() += 1;
        self.queue.push_back(wanted);
    }

    /// After an error nothing more is asked for; the windows are committed with what they have.
    fn give_up_queue(&mut self) {
        for wanted in std::mem::take(&mut self.queue) {
            self.no_longer_waits(wanted.window, 1);
        }
    }

    fn no_longer_waits(&mut self, window: usize, count: usize) {
        if let Some(waiting) = self.waiting.get_mut(&window) {
            *waiting = waiting.saturating_sub(count);
        }
    }

    /// Whether there is any sense in going on.
    fn take(&mut self, event: Event) -> bool {
        match event {
            Event::Window(outcome) => self.take_window(outcome),
            Event::Transcripts(reply) => self.take_reply(reply),
            Event::Wanted(wanted) => wanted.into_iter().for_each(|wanted| self.enqueue(wanted)),
            Event::Committed(Ok(committed)) => {
                self.committing = 0;
                self.flowed.committed.push(committed);
            }
            Event::Committed(Err(error)) => {
                // What cannot be stored need not be read.
                self.fail(error);
                return false;
            }
        }
        true
    }

    fn take_window(&mut self, outcome: Outcome) {
        // What the window wants was sent before its end, so it is counted before it can be ready.
        while let Ok(wanted) = self.wanted.try_recv() {
            self.enqueue(wanted);
        }
        match outcome {
            Outcome::Read(window) => {
                self.plan.was_read(&window);
                self.read.insert(window.number, *window);
            }
            Outcome::Cut(windows) => self.plan.put_back(windows),
            Outcome::Failed(window, error) => {
                self.read.insert(window.number, *window);
                self.fail(error);
            }
        }
    }

    fn take_reply(&mut self, reply: Reply) {
        let mut of_window: BTreeMap<usize, Vec<&Wanted>> = BTreeMap::new();
        for want in &reply.wanted {
            of_window.entry(want.window).or_default().push(want);
        }
        let mut failed = None;
        for (window, wanted) in of_window {
            self.no_longer_waits(window, wanted.len());
            let answers = self.answers.entry(window).or_default();
            if let Ok(items) = &reply.result
                && let Err(error) = answers.add(&wanted, items)
            {
                failed = Some(error);
            }
            answers.replaced_characters += reply.replaced_characters;
        }
        if let Some(error) = failed.or(reply.result.err()) {
            self.fail(error);
        }
    }

    /// Keeps the first error: later ones follow from it.
    fn fail(&mut self, error: Error) {
        tracing::debug!(%error, "no more is read");
        self.flowed.error.get_or_insert(error);
        self.give_up_queue();
    }

    /// Windows that were read and whose transcripts were answered.
    fn take_ready(&mut self) -> Vec<Ready> {
        let is_ready = |number: &usize| self.waiting.get(number).is_none_or(|left| *left == 0);
        let numbers: Vec<usize> = self.read.keys().copied().filter(is_ready).collect();
        let mut ready = Vec::new();
        for number in numbers {
            self.waiting.remove(&number);
            let answers = self.answers.remove(&number).unwrap_or_default();
            ready.extend(
                self.read
                    .remove(&number)
                    .map(|window| Ready { window, answers }),
            );
        }
        ready
    }
}
