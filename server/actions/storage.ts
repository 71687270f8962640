/** Rows by key, as actions see them: what is put with `sync` is on the disk when it resolves. */
export type Storage = {
  get<T>(key: string): Promise<T | undefined>;
  put(rows: { key: string; value: unknown }[], options?: { sync?: boolean; remove?: string[] }): Promise<void>;
  range<T>(prefix: string): AsyncGenerator<{ key: string; value: T }>;
};
