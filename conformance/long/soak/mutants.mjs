/** Deliberately broken libraries, as functions that give the names which they replace: the soak must notice each. */
const run = (body) => body();

export const mutants = {
	"cut-cleanup": ({ withCancelScope }) => ({ cleanup: (body) => withCancelScope({}, () => run(body)) }),
	"open-shield": ({ withCancelScope }) => ({ shield: (body) => withCancelScope({}, () => run(body)) }),
	"deaf-sleep": ({ shield, sleep }) => ({ sleep: (time) => shield(() => sleep(time)) }),
	"forgotten-exit": () => ({ onExit: () => {} }),
	"swallowed-error": ({ coroutine, withTaskGroup }) => ({
		withTaskGroup: coroutine(function* (body) {
			try {
				return yield* withTaskGroup(body);
			} catch (error) {
				if (error.name !== "Failure") throw error;
			}
		}),
	}),
	"crowded-limiter": ({ CapacityLimiter }) => ({
		CapacityLimiter: class extends CapacityLimiter {
			constructor(total) {
				super(total + 1);
			}
		},
	}),
	"lost-item": ({ coroutine, createChannel }) => ({
		createChannel(capacity) {
			const { sender, receiver } = createChannel(capacity);
			const receive = receiver.receive.bind(receiver);
			let count = 0;
			receiver.receive = coroutine(function* () {
				if (++count % 3 === 0) yield* receive();
				return yield* receive();
			});
			return { sender, receiver };
		},
	}),
	"forgetful-queue": ({ Queue, coroutine }) => ({
		Queue: class extends Queue {
			constructor(...args) {
				super(...args);
				const get = this.get.bind(this);
				let count = 0;
				this.get = coroutine(function* () {
					if (++count % 3 === 0) yield* get();
					return yield* get();
				});
			}
		},
	}),
	"open-write-lock": ({ ReadWriteLock }) => ({
		ReadWriteLock: class extends ReadWriteLock {
			constructor() {
				super();
				Object.defineProperty(this, "write", { value: this.read });
			}
		},
	}),
	"memory-without-sharing": ({ memoize }) => ({
		memoize: (fn) => Object.assign((key) => fn(key), memoize(fn)),
	}),
	"throttle-without-end": ({ throttle }) => ({
		throttle: (fn, { concurrency, ...options }) => throttle(fn, { ...options, concurrency: concurrency + 2 }),
	}),
	"lost-release": ({ resource }) => ({ resource: (acquire) => resource(acquire, () => {}) }),
};
