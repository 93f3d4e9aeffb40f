#pragma once

/// Marks what the shared library exports; everything else is hidden.
#define PREFECT_SQLALCHEMY_API __attribute__((visibility("default")))
