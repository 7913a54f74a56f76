import { callInScope } from "./call-in-scope.ts";
import { type Awaitable, type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { Group, type TaskGroup } from "./group.ts";
import { type Begin, runningTask } from "./invoke.ts";
import { type Code, Frame } from "./kernel/frame.ts";
import { Scope } from "./kernel/scope.ts";
import type { KernelTask, Operation } from "./kernel/task.ts";
import { leaveWhenEnded } from "./scope-frame.ts";
import { checkBody, checkDuration, checkOptions } from "./scopes.ts";

/** Options of `serviceGroup`. */
export interface ServiceGroupOptions {
	/** For messages and dumps. */
	name?: string;
	/** How many milliseconds the cleanup of the services may take after the body has ended. Default: inherited. */
	grace?: number;
}

/**
 * Runs `body` with a group for the tasks that it needs until its very end: a log writer, a connection pool, a heartbeat.
 * When `body` has ended, its cleanup included, and the tasks that it has started itself, the services are cancelled and
 * waited for. Gives what `body` gives.
 *
 * A cancellation from outside reaches `body` first, and the services when it has ended; one grace, counted from that
 * cancellation, is for both. A service that fails cancels `body`, while the other services go on until it has ended; its
 * error is thrown, later ones are in `suppressedErrors`. A service may end early. `services.cancel()` stops the services alone.
 * (The service nursery discussed for Trio.)
 *
 * @example
 * await serviceGroup(async (services) => {
 *   const log = await services.start(runLogWriter);
 *   await handleRequests(log);          // its finally blocks can still write to the log
 * });
 */
export function serviceGroup<T>(
	body: (services: TaskGroup) => Awaitable<T>,
	options: ServiceGroupOptions = {},
): Coroutine<T> {
	checkBody("serviceGroup", body);
	checkOptions("serviceGroup", options, ["name", "grace"]);
	if (options.grace !== undefined) checkDuration("serviceGroup: grace", options.grace);
	return new LazyCoroutine<T>(beginServices, CODE, body, options);
}

const CODE: Code = { name: "serviceGroup", place: () => undefined };

const beginServices: Begin = (lazy) => {
	const task = runningTask(CODE.name);
	const scope = new BodyScope(lazy.a1 as ServiceGroupOptions);
	const { services } = scope;
	services.open(task);
	return callInScope(new Frame(leaveWhenEnded, CODE), scope, task, lazy.a0 as (services: TaskGroup) => unknown, [
		services,
	]);
};

/** Around the body: its failures and those of the services are one list. */
class BodyScope extends Scope {
	/** Also for dumps. */
	readonly services: Services;

	constructor(options: ServiceGroupOptions) {
		super(CODE.name);
		this.services = new Services(this, options);
	}

	override get collects(): boolean {
		return true;
	}

	/** The services stand beside it wherever it goes. */
	override reparent(parent: Scope): void {
		super.reparent(parent);
		if (!this.services.closed) this.services.reparent(parent);
	}
}

/** At the end of the body the services are waited for. */
const ENDING: Operation = { abort: () => false, label: "the end of its services" };

/** Beside the scope of the body, not around it: a cancellation from outside stops at its shield until the body has ended. */
class Services extends Group {
	readonly #body: Scope;
	#host: KernelTask | null = null;

	constructor(body: Scope, options: ServiceGroupOptions) {
		super(options.name === undefined ? {} : { name: options.name });
		if (options.grace !== undefined) this.grace = options.grace;
		this.#body = body;
	}

	open(task: KernelTask): void {
		this.#host = task;
		this.shield = true;
		this.insideCleanup = task.cleanup > 0;
		this.attach(task.scope, task);
		this.#body.exits = [this.#end];
	}

	override fail(error: unknown, task?: KernelTask): void {
		this.#body.fail(error, task);
	}

	/** What the scope of the body does last; again and again, until everything is done. */
	readonly #end = (): unknown => {
		const exits = this.#body.exits as (() => unknown)[];
		this.closing = false;
		this.cancelFor({ kind: "explicit", text: "the body has ended", scope: this });
		this.shield = false;
		if (this.ownedCount > 0 || this.undecided > 0) {
			exits.push(this.#end);
			this.closing = true;
			return (this.#host as KernelTask).park(ENDING);
		}
		if (this.exits !== null) {
			exits.push(this.#end, ...this.exits);
			this.exits = null;
		} else this.close();
		return undefined;
	};
}
