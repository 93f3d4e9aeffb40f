/* Stands for an ODBC driver whose client library is not installed. */
int fake_client_version(void);
int odbc_test_driver(void) { return fake_client_version(); }
