/** What all of the grammar shares: names, marks, budget, and the context in which a piece of program stands. */
export class Base {
	constructor(random, profile, size) {
		this.random = random;
		this.profile = profile;
		this.budget = size;
		this.names = 0;
		this.marks = 0;
		this.callables = [];
		this.iterables = [];
		this.strict = random.chance(0.7);
		// A function with `eval` is left native, with its `using`; it cannot be cancelled where it stands, and owns nothing.
		this.evaluates = !this.strict && !this.cancelled && profile !== "structured" && random.chance(0.25);
	}

	/** Whether the program is cancelled somewhere, so that what it may await must be known to the reference. */
	get cancelled() {
		return this.profile === "cancel" || this.profile === "scopes";
	}

	fresh(prefix) {
		return `${prefix}${this.names++}`;
	}

	mark() {
		return ++this.marks;
	}

	functionContext(name, { names = ["acc"], generator = false, asynchronous = true, method = undefined } = {}) {
		return {
			name,
			names: ["acc", ...names],
			writable: ["acc"],
			callees: [],
			generator,
			asynchronous,
			method,
			labels: [],
			breakable: false,
			continuable: false,
			quiet: false,
			trying: false,
			inner: 0,
		};
	}

	/** The same place, with what a list of statements declares for itself. */
	nested(cx) {
		return { ...cx, names: [...cx.names], writable: [...cx.writable], callees: [...cx.callees] };
	}

	/** A place in which `name` is bound anew: what it was outside cannot be reached there. */
	shadowing(cx, name, writable) {
		return {
			...cx,
			names: [...cx.names.filter((other) => other !== name), name],
			writable: [...cx.writable.filter((other) => other !== name), ...(writable ? [name] : [])],
			callees: cx.callees.filter((other) => other !== name),
		};
	}

	/** A name for a variable of an inner scope: mostly a fresh one, now and then one that stands for something outside. */
	binding(cx, prefix) {
		const { random } = this;
		// Not the one that is written to everywhere: a loop would not end.
		const name = random.chance(0.12) && cx.names.length > 0 ? random.pick(cx.names) : "acc";
		return name === "acc" ? this.fresh(prefix) : name;
	}

	/** The context of a function inside a function, which sees everything around it. */
	within(cx, names, changes = {}) {
		return {
			...cx,
			names: [...cx.names, ...names],
			generator: false,
			asynchronous: true,
			recursive: undefined,
			labels: [],
			breakable: false,
			continuable: false,
			trying: false,
			closure: true,
			inner: cx.inner + 1,
			...changes,
		};
	}

	/** The parameters of a function, as text. Where tasks are watched, the first is what the call was given to be known by. */
	taking(text) {
		return this.profile !== "structured" ? text : `$by${text === "" ? "" : ", "}${text}`;
	}

	/** What a call gives for that first parameter. */
	given(cx) {
		return this.profile !== "structured" ? "" : `${cx.starting === true ? "start" : "call"}(), `;
	}

	/** What a function begins with. */
	opening() {
		return this.profile !== "structured" ? "" : ` const { log, tick, call, start, over, here } = activation($by);`;
	}

	callable(name, arity, call, args) {
		return { name, arity, call, args, index: this.callables.length };
	}

	joined(args) {
		const parts = args.flatMap((arg, i) => (i === 0 ? [arg] : [", ", arg]));
		return { kind: "arguments", parts, length: args.length };
	}
}
