// @holdfast/node
//   IncompleteReadError
//   InvalidTextError
//   LimitExceededError

// dist/errors.d.ts
export declare class IncompleteReadError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly partial: Uint8Array;
    readonly expected: number | Uint8Array;
    constructor(message: string, partial: Uint8Array, expected: number | Uint8Array);
}
export declare class InvalidTextError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly bytes: Uint8Array;
    constructor(message: string, bytes: Uint8Array);
}
export declare class LimitExceededError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly limit: number;
    constructor(message: string, limit: number);
}
