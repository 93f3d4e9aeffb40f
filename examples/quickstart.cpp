#include <iostream>
#include <prefect.hpp>
#include <prefect_sqlalchemy.hpp>
using namespace prefect_sqlalchemy;

const auto setup_table = prefect::task("setup_table", [](const std::string& block) {
    auto db = SqlAlchemyConnector::load(block);
    db.execute("CREATE TABLE IF NOT EXISTS customers (name varchar, address varchar)");
    db.execute("INSERT INTO customers (name, address) VALUES (:name, :address)",
               {{"name", "Marvin"}, {"address", "Highway 42"}});
    db.execute_many("INSERT INTO customers (name, address) VALUES (:name, :address)",
                    {{{"name", "Ford"}, {"address", "Highway 42"}},
                     {{"name", "Unknown"}, {"address", "Highway 42"}}});
});

const auto fetch_data = prefect::task("fetch_data", [](const std::string& block) {
    auto db = SqlAlchemyConnector::load(block);
    std::vector<Row> all;
    for (;;) {
        auto rows = db.fetch_many("SELECT * FROM customers", {.size = 2});
        if (rows.empty()) return all;
        all.insert(all.end(), rows.begin(), rows.end());
    }
});

const auto customers = prefect::flow("customers", [](const std::string& block) {
    setup_table(block);
    return fetch_data(block);
});

int main() {
    SqlAlchemyConnector({.driver = SyncDriver::SQLITE_PYSQLITE, .database = "customers.db"})
        .save("customers-db", {.overwrite = true});
    for (const auto& row : customers("customers-db")) {
        auto [name, address] = row.as<std::string, std::string>();
        std::cout << name << ", " << address << '\n';
    }
}
