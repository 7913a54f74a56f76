/**
 * Cancellation as it must be, on plain promises, for programs of one chain of control whose `catch` clauses hand on what
 * is a `Cancellation`: the native side of what the compiled program does with the runtime's own scopes.
 */
export class Cancellation {
	name = "Cancellation";
	message = "cancelled";
}

class TimeoutError extends Error {
	name = "TimeoutError";
}

export class NativeScopes {
	#now = 0;
	/** Scopes and what protects from those outside of it, outermost first. */
	#stack = [];

	/** Whether a cancellation of the outermost scope would be noticed here. */
	get open() {
		return this.#stack.every((entry) => entry.token !== undefined);
	}

	/** Every suspension begins with this. */
	pending() {
		const blame = this.#blame();
		if (blame !== undefined) {
			throw blame.token;
		}
	}

	/** What protects: a cleanup region, or a shield. */
	protect() {
		this.#stack.push({ token: undefined });
	}

	unprotect() {
		this.#stack.pop();
	}

	now() {
		return this.#now;
	}

	async sleep(milliseconds) {
		this.pending();
		const end = this.#now + milliseconds;
		const deadlines = this.#visible().map((scope) => scope.deadline);
		this.#now = Math.min(end, ...deadlines);
		this.pending();
		await undefined;
	}

	async scope(deadline, body, late) {
		const scope = { deadline: this.#now + deadline, token: new Cancellation(), cancelled: false, expired: false };
		scope.cancel = () => {
			this.#look(scope);
			scope.cancelled = true;
		};
		const depth = this.#stack.push(scope);
		try {
			return await body(scope);
		} catch (error) {
			this.#stack.length = depth;
			if (!(error instanceof Cancellation)) {
				throw error;
			}
			const blame = this.#blame();
			if (blame !== scope) {
				throw blame?.token ?? error;
			}
			return scope.expired ? late() : undefined;
		} finally {
			this.#stack.length = depth - 1;
		}
	}

	async shield(body) {
		const depth = this.#stack.length;
		this.protect();
		try {
			return await body();
		} finally {
			this.#stack.length = depth;
		}
	}

	/** What a program is given. */
	get environment() {
		const nothing = () => undefined;
		return {
			now: () => this.now(),
			sleep: (milliseconds) => this.sleep(milliseconds),
			shield: (body) => this.shield(body),
			moveOnAfter: (milliseconds, body) => this.scope(milliseconds, body, nothing),
			withTimeout: (milliseconds, body) =>
				this.scope(milliseconds, body, () => {
					throw new TimeoutError(`timeout of ${milliseconds} ms`);
				}),
			withCancelScope: (...args) =>
				this.scope(args.length > 1 ? args[0].timeout : Number.POSITIVE_INFINITY, args.at(-1), nothing),
		};
	}

	/** The scopes inside of the innermost protection. */
	#visible() {
		return this.#stack.slice(this.#stack.findLastIndex((entry) => entry.token === undefined) + 1);
	}

	/** The outermost scope that is cancelled; time has come for some. */
	#blame() {
		for (const entry of this.#stack) {
			this.#look(entry);
		}
		return this.#visible().find((scope) => scope.cancelled);
	}

	#look(scope) {
		if (!scope.cancelled && scope.deadline <= this.#now) {
			scope.expired = true;
			scope.cancelled = true;
		}
	}
}
