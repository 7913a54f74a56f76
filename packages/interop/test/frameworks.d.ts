// These have their types in packages of their own, which the tests do without.
declare module "express";
declare module "express4";
declare module "koa";
