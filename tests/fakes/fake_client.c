/* A database client's library that tests leave out of reach. */
int fake_client_version(void);

int fake_client_version(void) { return 7; }
