/**
 * How long the host has to wait beside a program that never rests: a timer of 1 ms, `setImmediate`, a message over a
 * TCP connection to itself, and a chain of native awaits that was started from inside the program.
 */
import { connect, createServer } from "node:net";
import { expectCount, percentile } from "./harness.mjs";

/** What the busy program looks at. `turn` counts, and starts a chain of native awaits every so often. */
class Busy {
	on = true;
	turns = 0;
	hops = [];

	turn() {
		if ((++this.turns & 4095) === 0) {
			void this.hop();
		}
	}

	async hop() {
		const start = performance.now();
		for (let i = 0; i < 10; i++) {
			await undefined;
		}
		this.hops.push((performance.now() - start) / 10);
	}
}

/**
 * A timer of 1 ms that is armed again each time it fires: by how much it is late. `own` has at most the time that this
 * process computed meanwhile: on a busy machine it may be late because others were.
 */
function timerProbe(lags, own) {
	let due = performance.now() + 1;
	let used = cpuMilliseconds();
	let timer = setTimeout(function fire() {
		const lag = Math.max(0, performance.now() - due);
		lags.push(lag);
		own.push(Math.min(lag, cpuMilliseconds() - used));
		due = performance.now() + 1;
		used = cpuMilliseconds();
		timer = setTimeout(fire, 1);
	}, 1);
	return () => clearTimeout(timer);
}

function cpuMilliseconds() {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1000;
}

function immediateProbe(gaps) {
	let last = performance.now();
	let immediate = setImmediate(function next() {
		const now = performance.now();
		gaps.push(now - last);
		last = now;
		// Not one in each turn of the host: a host that never waits for I/O is another host.
		immediate = setTimeout(() => {
			last = performance.now();
			immediate = setImmediate(next);
		}, 5);
	});
	return () => {
		clearImmediate(immediate);
		clearTimeout(immediate);
	};
}

/** One byte to and fro on a connection within this process: at least two turns of the host. */
async function socketProbe(trips) {
	const server = createServer((socket) => socket.pipe(socket));
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	const client = connect(server.address().port, "127.0.0.1").setNoDelay();
	await new Promise((resolve) => client.once("connect", resolve));
	let start = performance.now();
	client.on("data", () => {
		trips.push(performance.now() - start);
		start = performance.now();
		client.write("x");
	});
	client.write("x");
	return () => {
		client.destroy();
		server.close();
	};
}

/**
 * Runs `program(busy)` for `milliseconds`. The figure is the timer's p99 lag in milliseconds; the rest are details.
 * A program under which no timer fires ends by its own look at the clock, and its lag is its whole time.
 */
export async function lagBeside(program, milliseconds, { starves = false } = {}) {
	const lags = [];
	const own = [];
	const gaps = [];
	const trips = [];
	const busy = new Busy();
	const stopSockets = await socketProbe(trips);
	await new Promise((resolve) => setTimeout(resolve, 50));
	lags.length = gaps.length = trips.length = 0;
	const stops = [stopSockets, timerProbe(lags, own), immediateProbe(gaps)];
	const start = performance.now();
	const limit = setTimeout(() => {
		busy.on = false;
	}, milliseconds);
	if (starves) {
		const { turn } = busy;
		busy.turn = function () {
			turn.call(this);
			if ((this.turns & 1023) === 0 && performance.now() - start > milliseconds) {
				this.on = false;
			}
		};
	}
	await program(busy);
	const elapsed = performance.now() - start;
	await new Promise((resolve) => setTimeout(resolve, 5));
	clearTimeout(limit);
	for (const stop of stops) {
		stop();
	}
	expectCount("programs that were stopped", busy.on ? 0 : 1, 1);
	if (busy.turns < 1000) {
		throw new Error(`the program was not busy: ${busy.turns} turns in ${elapsed.toFixed(0)} ms`);
	}
	return {
		value: percentile(lags, 0.99),
		details: {
			timer_p50: percentile(lags, 0.5),
			timer_max: Math.max(...lags),
			timer_own_p99: percentile(own, 0.99),
			timer_own_max: Math.max(...own),
			timer_fired: lags.length,
			// Nothing, if none came while the program ran.
			immediate_p99: percentile(gaps, 0.99) ?? null,
			socket_p99: percentile(trips, 0.99) ?? null,
			native_await_p99: percentile(busy.hops, 0.99) ?? null,
			turns: busy.turns,
		},
	};
}

/** The same probes in a process that does nothing else: what the host and the machine need for themselves. */
export async function lagAtRest(milliseconds) {
	return await lagBeside(async (busy) => {
		busy.turns = 1000;
		while (busy.on) {
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
	}, milliseconds);
}
