import type { RunOrder } from "./messages.ts";
import { WorkerDataError } from "./worker-errors.ts";

/** Why an order cannot be sent to another thread. */
export function notCloneable(what: string, order: RunOrder, error: unknown): WorkerDataError {
	return new WorkerDataError(
		`${what}: ${culprit(order)} for ${order.target.name} cannot be brought into another thread: ${(error as Error).message}`,
		{ cause: error },
	);
}

/** Which part of an order cannot be cloned. */
function culprit({ args, context }: RunOrder): string {
	const refused = (value: unknown): boolean => {
		try {
			structuredClone(value);
			return false;
		} catch {
			return true;
		}
	};
	const index = args.findIndex(refused);
	if (index >= 0) return `argument ${index + 1}`;
	const variable = context.find(([, value]) => refused(value));
	return variable === undefined ? "what is transferred" : `the context variable ${variable[0]}`;
}
