/**
 * Writes a random program of nested scopes, groups, cleanup, locks and channels. The same seed gives the same program in
 * both dialects: an async function for the compiler, and a generator coroutine.
 * What the program calls on `env` is the bookkeeping of environment.mjs; `n…` are its nodes, one per scope or task.
 */
const compiled = {
	wait: "await",
	fn: (parameters, body) => `async (${parameters}) => {\n${body}\n}`,
	finallyBlock: (body) => body,
	bare: (_group, fn) => `${fn}()`,
	bareScope: (body) => `withCancelScope(async (s) => {\n${body}\n})`,
};
const generators = {
	wait: "yield*",
	fn: (parameters, body) => `function* (${parameters}) {\n${body}\n}`,
	finallyBlock: (body) => `yield* cleanup(function* () {\n${body}\n});`,
	bare: (group, fn) => `${group}.spawn(${fn})`,
	bareScope: (body) => `withTaskGroup(function* (s) {\n${body}\n})`,
};
export const dialects = { compiled, generators };

/** What a group makes for its tasks: to be held, and to wait in. */
const kinds = {
	held: ["lock", "semaphore", "limiter", "rwlock"],
	blocking: ["channel", "event", "latch", "barrier", "condition", "queue", "hub", "memo", "limited"],
};

/** The text of a program that sets `env.main`. */
export function writeProgram(random, dialect) {
	return new Writer(random, dialect).program();
}

/**
 * Where a statement stands.
 * @typedef {object} Place
 * @property {string} node the innermost node
 * @property {Place[]} groups that tasks can be spawned into: the places of their bodies, with the name of the `group`
 * @property {string[]} scopes nodes that can be cancelled
 * @property {string[]} tasks nodes of tasks that this body has spawned
 * @property {{ kind: string, name: string }[]} things locks, channels and so on
 * @property {string[]} held of those, what this task holds
 * @property {boolean} bounded something around it has a time limit that reaches in
 * @property {boolean} mayFail an error thrown here is kept by somebody
 * @property {number} depth of nesting that is left
 */

class Writer {
	#random;
	#dialect;
	#names = 0;
	#size = 0;

	constructor(random, dialect) {
		this.#random = random;
		this.#dialect = dialect;
		this.#size = 15 + random.below(40);
	}

	program() {
		const inside = {
			node: "n0",
			groups: [],
			scopes: ["n0"],
			tasks: [],
			things: [],
			held: [],
			bounded: true,
			mayFail: true,
			depth: 5,
		};
		const body = `env.entered(n0, s0, env.limit);\n${this.#group(inside)}\n${this.#statements(inside, 4)}`;
		const main = `${this.#wait} moveOnAfter(env.limit, ${this.#fn("s0", body)});`;
		return `env.main = ${this.#fn("", `const n0 = env.node(env.root);\ntry {\n${main}\n} finally { env.left(n0); }`)};`;
	}

	get #wait() {
		return this.#dialect.wait;
	}
	#fn(parameters, body) {
		return this.#dialect.fn(parameters, body);
	}
	#name(letter) {
		return `${letter}${++this.#names}`;
	}
	#time() {
		return this.#random.pick([0, 1, 1, 2, 3, 5, 8, 20]);
	}

	#statements(place, most) {
		const parts = [];
		const inside = { ...place, tasks: [...place.tasks], depth: place.depth - 1 };
		const count = 1 + this.#random.below(most);
		for (let i = 0; i < count; i++) parts.push(this.#statement(inside));
		return parts.join("\n");
	}

	#statement(place) {
		const random = this.#random;
		if (place.depth <= 0 || --this.#size <= 0 || random.chance(0.35)) return this.#simple(place);
		const nested = [
			() => this.#group(place),
			() => this.#group(place),
			() => this.#scope(place),
			() => this.#scope(place),
			() => this.#timeout(place),
			() => this.#guarded(place),
			() => this.#guarded(place),
			() => this.#region("shield", "shielded", place),
			() => this.#region("cleanup", "protect", place),
			() => this.#loop(place),
			() => this.#retry(place),
			() => this.#combinator(place),
			() => this.#pipeline(place),
			() => this.#completed(place),
			() => this.#services(place),
			() => this.#resource(place),
			() => this.#ticks(place),
			() => this.#bareCalls(place),
			...(place.groups.length > 0
				? [() => this.#spawn(place), () => this.#spawn(place), () => this.#spawn(place), () => this.#start(place)]
				: []),
			...(place.things.length > 0 ? [() => this.#hold(place), () => this.#hold(place)] : []),
		];
		return random.pick(nested)();
	}

	#simple(place) {
		const random = this.#random;
		const choices = [
			() => this.#leaf(place, `sleep(${this.#time()})`),
			() => this.#leaf(place, `sleep(${this.#time()})`),
			() => this.#leaf(place, "checkpoint()"),
			() => this.#leaf(place, `sleepUntil(now() + ${this.#time()})`),
			() => this.#leaf(place, `env.suspended(${this.#time()})`),
			() => this.#leaf(place, "until(env.promise())"),
			() => `${this.#wait} env.stubborn(${this.#time()});`,
			() => `env.cancel(${random.pick(place.scopes)});`,
			() => `env.move(${random.pick(place.scopes)}, ${this.#time()});`,
			() => this.#onExit(place),
			...(place.mayFail ? [() => `if (env.rarely()) env.fail();`] : []),
			...(place.tasks.length > 0
				? [() => this.#join(place), () => `env.cancelTask(${random.pick(place.tasks)});`]
				: []),
			() => this.#blocking(place),
			() => this.#blocking(place),
		];
		return random.pick(choices)();
	}

	/** A wait that a cancellation must end. */
	#leaf(place, call) {
		const before = `const w = env.before(${place.node});`;
		if (this.#random.chance(0.6)) return `{ ${before} ${this.#wait} ${call}; env.after(w); }`;
		return `{ ${before} try { ${this.#wait} ${call}; env.after(w); } finally { env.ended(w); } }`;
	}

	#join(place) {
		const attempt = `try { ${this.#wait} ${this.#random.pick(place.tasks)}.task; env.after(w); } catch (error) { env.caught(error, w); }`;
		return `{ const w = env.before(${place.node}); ${attempt} }`;
	}

	/** Something that may wait for ever: it gets a time limit where nothing else would end it. */
	#blocking(place) {
		if (place.bounded && this.#random.chance(0.6)) return this.#forever(place);
		const node = this.#name("n");
		const inner = { ...place, node, bounded: true };
		return this.#around(place, node, "moveOnAfter", this.#random.below(9), () => this.#forever(inner));
	}

	#forever(place) {
		const random = this.#random;
		const usable = place.things.filter(({ kind, name }) => kinds.blocking.includes(kind) && !place.held.includes(name));
		if (usable.length === 0) return this.#leaf(place, random.chance(0.2) ? "sleepForever()" : `sleep(${this.#time()})`);
		const { kind, name } = random.pick(usable);
		return this.#using(place, kind, name);
	}

	#using(place, kind, name) {
		const random = this.#random;
		switch (kind) {
			case "event":
				return random.chance(0.5) ? `${name}.event.set();` : this.#leaf(place, `${name}.event.wait()`);
			case "latch":
				return random.chance(0.5) ? `env.countDown(${name});` : this.#leaf(place, `${name}.latch.wait()`);
			case "barrier":
				return this.#leaf(place, `${name}.barrier.wait()`);
			case "condition":
				if (random.chance(0.4)) return `env.notify(${name});`;
				return `try { ${this.#wait} ${name}.condition.lock.with(${this.#fn("", this.#leaf(place, `${name}.condition.wait()`))}); } catch (error) { env.cut(error); }`;
			case "memo":
				return this.#leaf(place, `${name}.memo(${random.below(3)})`);
			case "limited":
				return this.#leaf(place, `${name}.limited(${this.#time()})`);
			case "hub": {
				if (random.chance(0.5)) return this.#leaf(place, `${name}.hub.send(env.item(${name}))`);
				const listening = this.#leaf(place, "listener.receive()");
				return `{ const listener = ${name}.hub.subscribe(); try { ${listening} } finally { listener.close(); } }`;
			}
			case "queue":
				return this.#queue(place, name);
			default:
				return random.chance(0.5) ? this.#send(place, name, `${name}.sender`) : this.#receive(place, name);
		}
	}

	#queue(place, name) {
		const random = this.#random;
		if (random.chance(0.15)) return `env.tryGet(${name});`;
		if (random.chance(0.1)) return this.#leaf(place, `${name}.queue.join()`);
		if (random.chance(0.5))
			return `{ const item = env.item(${name}); ${this.#leaf(place, `${name}.queue.put(item)`)} env.sent(${name}, item); }`;
		const before = `const w = env.before(${place.node});`;
		const channels = place.things.filter(({ kind }) => kind === "channel");
		if (channels.length === 0 || random.chance(0.5))
			return `{ ${before} env.got(${name}, ${this.#wait} ${name}.queue.get()); env.after(w); }`;
		const channel = random.pick(channels).name;
		const chosen = `select({ item: ${channel}.receiver.receive(), value: ${name}.queue.get() })`;
		return `{ ${before} env.selected(${channel}, ${name}, ${this.#wait} ${chosen}); env.after(w); }`;
	}

	#send(place, name, sender) {
		if (this.#random.chance(0.2)) return `env.trySend(${name}, ${sender});`;
		return `{ const item = env.item(${name}); ${this.#leaf(place, `${sender}.send(item)`)} env.sent(${name}, item); }`;
	}

	#receive(place, name) {
		if (this.#random.chance(0.2)) return `env.tryReceive(${name});`;
		return `{ const w = env.before(${place.node}); env.received(${name}, ${this.#wait} ${name}.receiver.receive()); env.after(w); }`;
	}

	#onExit(place) {
		const region = this.#name("r");
		const node = this.#name("n");
		const wait = this.#leaf({ ...place, node }, `sleep(${this.#time()})`);
		const body = `env.closing(${region}); const ${node} = env.protect(${place.node}); ${wait} env.closed(${region});`;
		return `const ${region} = env.opened(); onExit(${this.#fn("", body)});`;
	}

	#caught(body) {
		return `try {\n${body}\n} catch (error) { env.caught(error); }`;
	}

	#guarded(place) {
		const region = this.#name("r");
		const node = this.#name("n");
		const inside = { ...place, node, bounded: false, mayFail: false, tasks: [] };
		const cleaning = `const ${node} = env.protect(${place.node});\n${this.#statements(inside, 2)}\nenv.closed(${region});`;
		const attempt = `try {\n${this.#statements(place, 4)}\n} finally {\nenv.closing(${region});\n${this.#dialect.finallyBlock(cleaning)}\n}`;
		const whole = `const ${region} = env.opened();\n${attempt}`;
		return this.#random.chance(0.5) && place.mayFail ? `{ ${this.#caught(whole)} }` : `{ ${whole} }`;
	}

	/** `call(…, body)` around statements, with the checks of what has to be over when it returns. */
	#around(place, node, call, time, body) {
		return `{ const ${node} = env.node(${place.node}); ${this.#inside(node, call, time, body)} }`;
	}

	#inside(node, call, time, body) {
		const scope = this.#name("s");
		const limit = time === undefined ? "" : `${time}, `;
		const entered = `env.entered(${node}, ${scope}${time === undefined ? "" : `, ${time}`});`;
		const text = `${this.#wait} ${call}(${limit}${this.#fn(scope, `${entered}\n${body()}`)});`;
		return `try {\n${text}\n} finally { env.left(${node}); }`;
	}

	#scope(place) {
		const node = this.#name("n");
		const limited = this.#random.chance(0.6);
		const time = limited ? this.#time() : undefined;
		const scopes = [...place.scopes, node];
		const inside = { ...place, node, scopes, bounded: place.bounded || limited, tasks: [] };
		return this.#around(place, node, limited ? "moveOnAfter" : "withCancelScope", time, () =>
			this.#statements(inside, 4),
		);
	}

	#timeout(place) {
		const node = this.#name("n");
		// Somebody may move the deadline of what stands in `scopes`.
		const inside = { ...place, node, bounded: true, tasks: [] };
		const body = this.#inside(node, "withTimeout", this.#time(), () => this.#statements(inside, 4));
		return `{ const ${node} = env.node(${place.node}); try { ${body} } catch (error) { env.timedOut(error, ${node}); } }`;
	}

	#region(call, mark, place) {
		const node = this.#name("n");
		const inside = { ...place, node, bounded: false, tasks: [] };
		const body = `const ${node} = env.${mark}(${place.node});\n${this.#statements(inside, 3)}`;
		return `${this.#wait} ${call}(${this.#fn("", body)});`;
	}

	#loop(place) {
		const i = this.#name("i");
		const inside = { ...place, tasks: [] };
		return `for (let ${i} = 0; ${i} < ${2 + this.#random.below(3)}; ${i}++) {\n${this.#statements(inside, 2)}\n}`;
	}

	#retry(place) {
		const policy = `{ attempts: ${1 + this.#random.below(3)}, delay: ${this.#time()}${this.#random.chance(0.4) ? `, timeout: ${1 + this.#time()}` : ""} }`;
		const node = this.#name("n");
		const inside = { ...place, node, mayFail: false, tasks: [] };
		const failing = `if (attempt < ${1 + this.#random.below(4)}) env.failForNow();`;
		const body = `const ${node} = env.loose(${place.node});\n${this.#statements(inside, 2)}\n${failing}`;
		return `try { ${this.#wait} retry(${this.#fn("attempt", body)}, ${policy}); } catch (error) { env.timedOut(error, env.root); }`;
	}

	/** A function for a task: the node `node` ends with it. */
	#taskBody(node, place, { parameters = "", before = "", first = "" } = {}) {
		const inside = { ...place, node, tasks: [], held: this.#random.chance(0.8) ? place.held : [] };
		const body = `${before}env.begun(${node});\ntry {\n${first}${this.#statements(inside, 3)}\n} finally { env.finished(${node}); }`;
		return this.#fn(parameters, body);
	}

	/** What a task of this group can count on: what there was around the group, not around the spawn. */
	#placeInGroup({ groups, depth }) {
		const index = this.#random.below(groups.length);
		const owner = groups[index];
		return { ...owner, groups: groups.slice(0, index + 1), held: [], depth: Math.min(depth, owner.depth) };
	}

	#spawn(place) {
		const task = this.#name("n");
		const inside = this.#placeInGroup(place);
		const { group, node } = inside.groups.at(-1);
		place.tasks.push(task);
		return `const ${task} = env.node(${node}); ${task}.task = ${group}.spawn(${this.#taskBody(task, inside)});`;
	}

	#start(place) {
		const task = this.#name("n");
		const inGroup = this.#placeInGroup(place);
		const { group, node } = inGroup.groups.at(-1);
		// It cannot count on anything that only one of its two owners has.
		const inside = { ...inGroup, node: task, mayFail: false, bounded: false, groups: [], tasks: [] };
		const first = `${this.#leaf(inside, `sleep(${this.#time()})`)}\nenv.handingOver(${task}, ${node}); started(7);\n`;
		const body = this.#taskBody(task, inside, { parameters: "started", first });
		const call = `env.is(7, ${this.#wait} ${group}.start(${body}));`;
		return `{ const ${task} = env.starting(${place.node}); try { ${call} } catch (error) { env.caught(error); } }`;
	}

	#group(place) {
		const group = this.#name("g");
		const node = this.#name("n");
		const things = [...place.things];
		const made = [];
		for (const kind of [...kinds.held, ...kinds.blocking])
			if (this.#random.chance(0.2)) {
				const name = this.#name("x");
				things.push({ kind, name });
				made.push({ name, text: `const ${name} = env.${kind}(${this.#random.below(3)});` });
			}
		const around = { ...place, node, scopes: [...place.scopes, node], tasks: [], things };
		const inside = { ...around, groups: [...place.groups, { ...around, group }] };
		const spawned = Array.from({ length: 1 + this.#random.below(3) }, () => this.#spawn(inside)).join("\n");
		const body = `env.entered(${node}, ${group});\n${spawned}\n${this.#statements(inside, 4)}`;
		const call = `${this.#wait} withTaskGroup(${this.#fn(group, body)});`;
		const over = made.map(({ name }) => `env.over(${name});`).join(" ");
		const whole = `${made.map(({ text }) => text).join(" ")}\nconst ${node} = env.node(${place.node});\ntry {\n${call}\n} finally { env.left(${node}); ${over} }`;
		return this.#random.chance(0.5)
			? `{ ${this.#caught(whole)} }`
			: `{ ${place.mayFail ? whole : this.#caught(whole)} }`;
	}

	/** Tasks that a combinator starts: it may stop them as it likes. */
	#combinator(place) {
		const node = this.#name("n");
		const failing = this.#random.chance(0.3) && place.mayFail;
		const inside = { ...place, groups: [], mayFail: failing };
		const entry = () => {
			const task = this.#name("n");
			return this.#taskBody(task, inside, { before: `const ${task} = env.branch(${node});\n` });
		};
		const entries = () => `[${Array.from({ length: 1 + this.#random.below(3) }, entry).join(",\n")}]`;
		const call = failing
			? `all(${entries()})`
			: this.#random.pick([
					() => `all(${entries()})`,
					() => `race(${entries()})`,
					() => `any(${entries()})`,
					() => `allSettled(${entries()})`,
					() => `forEach([1, 2, 3], ${entry()}, { concurrency: ${1 + this.#random.below(3)} })`,
				])();
		const whole = `const ${node} = env.loose(${place.node});\ntry {\n${this.#wait} ${call};\n} finally { env.left(${node}); }`;
		return `{ ${this.#caught(whole)} }`;
	}

	/** The entries of asCompleted, taken one by one, and perhaps not all of them. They belong to the scope, not to the task. */
	#completed(place) {
		const node = this.#name("n");
		const results = this.#name("e");
		const inside = { ...place, groups: [], mayFail: false };
		const entries = Array.from({ length: 1 + this.#random.below(3) }, () => {
			const task = this.#name("n");
			return this.#taskBody(task, inside, { before: `const ${task} = env.service(${node});\n` });
		});
		const most = 1 + this.#random.below(4);
		const loop = `for (let i = 0; i < ${most} && !(${this.#wait} ${results}.next()).done; i++);`;
		const leaving = this.#dialect.finallyBlock(`${this.#wait} ${results}.return();`);
		const whole = `const ${node} = env.loose(${place.node});\nconst ${results} = asCompleted([${entries.join(",\n")}]);\ntry {\n${loop}\n} finally { ${leaving}\nenv.left(${node}); }`;
		return `{ ${this.#caught(whole)} }`;
	}

	/** Services, which somebody else stops. */
	#services(place) {
		const node = this.#name("n");
		const services = this.#name("g");
		const inside = { ...place, groups: [], mayFail: false, tasks: [] };
		const spawned = Array.from({ length: 1 + this.#random.below(2) }, () => {
			const task = this.#name("n");
			const body = this.#taskBody(
				task,
				{ ...inside, bounded: true },
				{ before: `const ${task} = env.service(${node});\n` },
			);
			return `${services}.spawn(${body});`;
		});
		const body = `${spawned.join("\n")}\n${this.#statements(inside, 3)}`;
		const call = `${this.#wait} serviceGroup(${this.#fn(services, body)});`;
		return `{ const ${node} = env.loose(${place.node});\ntry {\n${call}\n} finally { env.left(${node}); } }`;
	}

	#resource(place) {
		const region = this.#name("r");
		const node = this.#name("n");
		const wait = this.#leaf({ ...place, node }, `sleep(${this.#time()})`);
		const release = `env.closing(${region}); const ${node} = env.protect(${place.node}); ${wait} env.closed(${region});`;
		const acquired = `resource(() => { ${region} = env.opened(); return 1; }, ${this.#fn("", release)})`;
		if (this.#random.chance(0.4)) return `{ let ${region}; ${this.#wait} ${acquired}; }`;
		const inside = { ...place, tasks: [] };
		return `{ let ${region}; ${this.#wait} ${acquired}.with(${this.#fn("", this.#statements(inside, 3))}); }`;
	}

	#ticks(place) {
		const ticks = this.#name("e");
		const i = this.#name("i");
		const body = `${this.#leaf(place, `${ticks}.next()`)}\n${this.#statements({ ...place, tasks: [] }, 1)}`;
		return `{ const ${ticks} = interval(${1 + this.#time()}); for (let ${i} = 0; ${i} < ${1 + this.#random.below(3)}; ${i}++) {\n${body}\n} }`;
	}

	#hold(place) {
		const random = this.#random;
		const free = place.things.filter(({ kind, name }) => !place.held.includes(name) && kinds.held.includes(kind));
		if (free.length === 0) return this.#simple(place);
		const { kind, name } = random.pick(free);
		if (!place.bounded) {
			const node = this.#name("n");
			const inside = { ...place, node, bounded: true, tasks: [] };
			return this.#around(place, node, "moveOnAfter", random.below(9), () => this.#holding(inside, kind, name));
		}
		return this.#holding(place, kind, name);
	}

	#holding(place, kind, name) {
		const inside = { ...place, held: [...place.held, name], tasks: [] };
		if (kind === "rwlock") {
			const face = this.#random.pick(["read", "write"]);
			const holding = `env.tookFace(${name}, "${face}"); try {\n${this.#statements(inside, 3)}\n} finally { env.gaveFace(${name}, "${face}"); }`;
			return `${this.#wait} ${name}.rwlock.${face}.with(${this.#fn("", holding)});`;
		}
		const body = `env.took(${name}); try {\n${this.#statements(inside, 3)}\n} finally { env.gave(${name}); }`;
		if (this.#random.chance(0.5)) return `${this.#wait} ${name}.${kind}.with(${this.#fn("", body)});`;
		const before = `const w = env.before(${place.node}); const guard = ${this.#wait} ${name}.${kind}.acquire();`;
		return `{ ${before} try { env.after(w); ${body} } finally { guard.release(); } }`;
	}

	/** Producers and consumers, until the channel ends. */
	#pipeline(place) {
		const name = this.#name("x");
		const group = this.#name("g");
		const node = this.#name("n");
		const worker = (body) => {
			const task = this.#name("n");
			const text = `env.begun(${task});\ntry {\n${body({ ...place, node: task, tasks: [] })}\n} finally { env.finished(${task}); }`;
			return `const ${task} = env.node(${node}); ${task}.task = ${group}.spawn(${this.#fn("", text)});`;
		};
		const producer = () => {
			const end = this.#name("e");
			const text = worker((inside) => {
				const body = `${this.#send(inside, name, end)}\n${this.#leaf(inside, `sleep(${this.#time()})`)}`;
				return `try { for (let i = 0; i < ${1 + this.#random.below(5)}; i++) {\n${body}\n} } finally { ${end}.close(); }`;
			});
			return `const ${end} = ${name}.sender.clone(); ${text}`;
		};
		const consumer = () =>
			worker((inside) => {
				const pause = this.#leaf(inside, `sleep(${this.#time()})`);
				const receiving = `env.received(${name}, ${this.#wait} ${name}.receiver.receive()); env.after(w);`;
				return `for (;;) { const w = env.before(${inside.node}); try { ${receiving} } catch (error) { env.endOfChannel(error, w); break; } ${pause} }`;
			});
		const workers = [];
		for (let i = 1 + this.#random.below(3); i > 0; i--) workers.push(producer());
		for (let i = 1 + this.#random.below(2); i > 0; i--) workers.push(consumer());
		const body = `env.entered(${node}, ${group}, env.limit);\n${group}.deadline = now() + env.limit;\n${workers.join("\n")}\n${name}.sender.close();`;
		const call = `${this.#wait} withTaskGroup(${this.#fn(group, body)});`;
		return `{ const ${name} = env.channel(${this.#random.below(4)}); const ${node} = env.node(${place.node});\ntry {\n${call}\n} finally { env.left(${node}); env.over(${name}); } }`;
	}

	/** Calls that nobody awaits: tasks of the function around them in one structure, of the scope in the other. */
	#bareCalls(place) {
		const node = this.#name("n");
		const inside = { ...place, groups: [], mayFail: false, bounded: false, tasks: [] };
		const calls = Array.from({ length: 1 + this.#random.below(3) }, () => {
			const task = this.#name("n");
			const fn = this.#name("f");
			const body = this.#taskBody(task, { ...inside, node: task, depth: place.depth - 1 });
			return `const ${task} = env.branch(${node}); const ${fn} = ${body}; env.hold(${this.#dialect.bare("s", fn)});`;
		});
		const wait = this.#leaf({ ...place, node }, `sleep(${this.#time()})`);
		const body = `env.entered(${node}, s);\n${calls.join("\n")}\n${wait}`;
		return `{ const ${node} = env.node(${place.node}); try {\n${this.#wait} ${this.#dialect.bareScope(body)};\n} finally { env.left(${node}); } }`;
	}
}
