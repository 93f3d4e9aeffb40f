#pragma once

/// Everything of prefect-sqlalchemy: connectors, their blocks, and the SQL layer below them.
#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/base/secret.hpp>
#include <prefect_sqlalchemy/connector/async_sqlalchemy_connector.hpp>
#include <prefect_sqlalchemy/connector/sqlalchemy_connector.hpp>
#include <prefect_sqlalchemy/drivers/names.hpp>
#include <prefect_sqlalchemy/drivers/registry.hpp>
#include <prefect_sqlalchemy/sql/engine.hpp>
#include <prefect_sqlalchemy/sql/inspector.hpp>
#include <prefect_sqlalchemy/version.hpp>
