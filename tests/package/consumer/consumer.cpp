// What a user's first program does: blocks, a statement, its rows.
#include <iostream>

#include <prefect_sqlalchemy.hpp>

int main() {
  prefect_sqlalchemy::SqlAlchemyConnector db("sqlite://");
  const auto row = db.fetch_one("SELECT :word AS word, 42 AS number", {.parameters = {{"word", "whole"}}});
  std::cout << prefect_sqlalchemy::version() << ' ' << row->get<std::string>("word") << ' '
            << row->get<int>("number") << '\n';
}
