//! `iceoryx2`: a blackboard for a value that one process writes and others read, and the loans of a publisher for blocks of memory.

use std::hint::black_box;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU64, Ordering};

use iceoryx2::node::{DeadNodeView, Node, NodeBuilder, NodeState};
use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::reader::{EntryHandle, Reader};
use iceoryx2::port::writer::{EntryHandleMut, Writer};
use iceoryx2::prelude::{
    CallbackProgression, LogLevel, ServiceName, SignalHandlingMode, ZeroCopySend, ipc, set_log_level,
};
use iceoryx2::sample_mut_uninit::SampleMutUninit;
use iceoryx2::service::port_factory::blackboard::PortFactory;

use crate::workloads::Allocate;
use crate::workloads::sequence::LIVE;

/// The key of the only value.
const KEY: u64 = 1;

/// Of services that this process has made.
static SERVICES: AtomicU64 = AtomicU64::new(0);

/// What a process needs once.
pub(crate) struct Here(Node<ipc::Service>);

impl Here {
    /// `None` if the library is not compiled in.
    #[expect(clippy::unnecessary_wraps, reason = "there are builds without it")]
    pub(crate) fn new() -> Option<Self> {
        set_log_level(LogLevel::Error);
        let node = NodeBuilder::new().signal_handling_mode(SignalHandlingMode::Disabled);
        Some(Self(node.create().expect("a node")))
    }

    /// Of processes that have died, as far as the list of nodes tells.
    pub(crate) fn dead_nodes(&self) -> usize {
        let mut count = 0;
        self.for_dead_nodes(|_| count += 1);
        count
    }

    /// Takes away what dead processes have left.
    pub(crate) fn clean_up(&self) {
        self.for_dead_nodes(|node| _ = node.try_remove_stale_resources());
    }

    fn for_dead_nodes(&self, mut f: impl FnMut(DeadNodeView<ipc::Service>)) {
        let listed = Node::<ipc::Service>::list(self.0.config(), |state| {
            if let NodeState::Dead(node) = state {
                f(node);
            }
            CallbackProgression::Continue
        });
        listed.expect("listed");
    }

    /// Names are never used twice.
    fn service_name() -> ServiceName {
        let number = SERVICES.fetch_add(1, Ordering::Relaxed);
        format!("shmcore-peers-{}-{number}", std::process::id()).as_str().try_into().expect("a name")
    }

    /// A blackboard with one value, its writer and a reader.
    pub(crate) fn blackboard<T: Value>(&self, value: T) -> Blackboard<T> {
        let name = Self::service_name();
        let service = self.0.service_builder(&name).blackboard_creator::<u64>();
        let service = service.add::<T>(KEY, value).create().expect("created");
        let writer = service.writer_builder().create().expect("the only writer");
        let entry = writer.entry(&KEY).expect("added");
        let reader = Attached::new(service.reader_builder().create().expect("a reader"));
        Blackboard { reader, entry, _writer: writer, _service: service, name }
    }

    /// Opens a blackboard, and its value for reading.
    pub(crate) fn attach<T: Value>(&self, blackboard: &Blackboard<T>) -> Attached<T> {
        let service = self.0.service_builder(&blackboard.name).blackboard_opener::<u64>();
        let service = service.open().expect("it exists");
        Attached::new(service.reader_builder().create().expect("a reader"))
    }
}

/// Blocks on loan from a publisher: its memory has room for so many of the greatest size.
pub(crate) struct Loans {
    samples: Vec<Option<Sample>>,
    publisher: Publisher<ipc::Service, [u8], ()>,
}

type Sample = SampleMutUninit<ipc::Service, [MaybeUninit<u8>], ()>;

impl Loans {
    pub(crate) fn new(here: &Here) -> Self {
        let service = here.0.service_builder(&Here::service_name()).publish_subscribe::<[u8]>();
        let service = service.create().expect("created");
        let publisher = service.publisher_builder().initial_max_slice_len(4096);
        let publisher = publisher.max_loaned_samples(usize::from(LIVE) + 1).create().expect("a publisher");
        Self { samples: (0..LIVE).map(|_| None).collect(), publisher }
    }
}

impl Allocate for Loans {
    #[inline]
    fn allocate(&mut self, place: usize, size: usize) {
        let mut sample = self.publisher.loan_slice_uninit(size).expect("there is room");
        let first = black_box(&mut sample).payload_mut().first_chunk_mut::<8>().expect("8 bytes at least");
        *first = size.to_ne_bytes().map(MaybeUninit::new);
        self.samples[place] = Some(sample);
    }

    #[inline]
    fn free(&mut self, place: usize) {
        self.samples[place] = None;
    }
}

/// What a blackboard takes.
pub(crate) trait Value: ZeroCopySend + Copy + std::fmt::Debug + 'static {}

impl<T: ZeroCopySend + Copy + std::fmt::Debug + 'static> Value for T {}

/// The value, for reading.
pub(crate) struct Attached<T: Value> {
    entry: EntryHandle<ipc::Service, u64, T>,
    _reader: Reader<ipc::Service, u64>,
}

impl<T: Value> Attached<T> {
    fn new(reader: Reader<ipc::Service, u64>) -> Self {
        Self { entry: reader.entry(&KEY).expect("added"), _reader: reader }
    }

    /// A copy.
    #[inline]
    pub(crate) fn read(&self) -> T {
        *self.entry.get()
    }
}

pub(crate) struct Blackboard<T: Value> {
    pub(crate) reader: Attached<T>,
    entry: EntryHandleMut<ipc::Service, u64, T>,
    _writer: Writer<ipc::Service, u64>,
    _service: PortFactory<ipc::Service, u64>,
    name: ServiceName,
}

impl<T: Value> Blackboard<T> {
    #[inline]
    pub(crate) fn write(&self, value: T) {
        self.entry.update_with_copy(value);
    }
}
