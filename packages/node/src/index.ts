export { IncompleteReadError, InvalidTextError, LimitExceededError } from "./errors.ts";
