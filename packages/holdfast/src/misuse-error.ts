import { HoldfastError } from "./errors.ts";

/** Something was used against its rules, such as a lock that is released by a task that does not hold it. */
export class MisuseError extends HoldfastError {
	override readonly name: string = "MisuseError";
	readonly code: string = "HOLDFAST_MISUSE";
}
