/** Rows by key, for all who need not know where they are kept: what is put with `sync` is on the disk when it resolves. */
export type Storage = {
  get<T>(key: string): Promise<T | undefined>;
  put(rows: { key: string; value: unknown }[], options?: { sync?: boolean; remove?: string[] }): Promise<void>;
  range<T>(
    prefix: string,
    options?: { after?: string; limit?: number; reverse?: boolean },
  ): AsyncGenerator<{ key: string; value: T }>;
};
